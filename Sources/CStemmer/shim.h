// Snowball's stemmers (libstemmer, https://snowballstem.org), as the system provides them.
#ifndef CSTEMMER_SHIM_H
#define CSTEMMER_SHIM_H

#include <libstemmer.h>

#endif
