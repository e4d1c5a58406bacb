// The limits of this machine, each measured by as little code as there can be.

#ifndef LIMIT_H
#define LIMIT_H

double seconds_now(void);
double processor_seconds(void);
long resident_bytes(void);

/// Adds p50, p99 and p999, in seconds, to the object that is being printed; sorts the times.
void print_quantiles(double *times, long count);

int measure_echo(int workers, long messages, long size, long outstanding, int timed);
int run_peer(const char *endpoint);
int measure_connections(long count, long milliseconds);
int run_silent_peers(const char *endpoint, long count);
int measure_sync(const char *folder, long records, long size, long group);
int measure_sqlite(const char *folder, long records, long size, long group, int synchronous);

#endif
