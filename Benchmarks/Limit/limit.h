// The limits of this machine, each measured by as little code as there can be.

#ifndef LIMIT_H
#define LIMIT_H

#include <stddef.h>

double seconds_now(void);

/// Memory of zeros; ends the program where there is none.
void *need(long count, size_t size);

/// Adds p50, p99 and p999, in seconds, to the object that is being printed; sorts the times.
void print_quantiles(double *times, long count);

int measure_echo(int workers, long messages, long size, long outstanding, int timed);
int run_peer(const char *endpoint);
int run_router(void);
int measure_sync(const char *folder, long records, long size, long group);
int measure_sqlite(const char *folder, long records, long size, long group, int synchronous);

#endif
