// The part of libxml2 that reads HTML.

#ifndef SCRIVENER_CLIBXML2_H
#define SCRIVENER_CLIBXML2_H

// Debian builds libxml2 with ICU, whose headers would come in with libxml/encoding.h and contradict
// the ICU inside Foundation. Only the converters of an xmlCharEncodingHandler depend on it; no
// structure that is read from Swift (nodes, attributes, documents) does.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED

#include <libxml/HTMLparser.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#endif
