// Valgrind's requests to callgrind, which are macros. They do nothing outside of it, and are left out where
// its header was not there when this was built.

#pragma once

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>

static const int scrivener_callgrind_is_known = 1;

// Begins to count instructions, or ends it.
static inline void scrivener_callgrind_toggle(void) { CALLGRIND_TOGGLE_COLLECT; }

// Writes what was counted to a file of its own, under a name, and counts from zero again.
static inline void scrivener_callgrind_dump(const char *name) { CALLGRIND_DUMP_STATS_AT(name); }
#else
static const int scrivener_callgrind_is_known = 0;
static inline void scrivener_callgrind_toggle(void) {}
static inline void scrivener_callgrind_dump(const char *name) { (void)name; }
#endif
