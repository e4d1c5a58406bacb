// Which fault is on in this process. Inlined into every body that has faults, so that a look costs
// a load and a comparison.

#pragma once

#include <stdint.h>

extern int32_t scrivener_mutant_number;

static inline int32_t scrivener_mutant(void) { return scrivener_mutant_number; }

/// Writes a line to standard output at once: what was said before a trap has been said.
void scrivener_say(const char *line);

/// Ends the process when what follows takes longer than so many seconds of processor time, and says
/// that a rule is broken: everything has to end.
void scrivener_bound(int32_t seconds);
