// A hint to the processor that Swift has no word for.

#pragma once

// Begins to fetch what lies at an address. Any address may be named.
static inline __attribute__((always_inline)) void scrivener_prefetch(const void *address) {
    __builtin_prefetch(address, 0, 3);
}
