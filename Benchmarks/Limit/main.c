// scrivener-limit: what the machine itself can do. `scrivener bench` runs it beside each measurement, so that
// figures are ratios of one machine in one state.
//
//   scrivener-limit echo WORKERS MESSAGES SIZE OUTSTANDING   echoes through libzmq over TCP
//   scrivener-limit round-trip MESSAGES SIZE                 one at a time, each timed
//   scrivener-limit sync FOLDER RECORDS SIZE GROUP           append and fdatasync
//   scrivener-limit sqlite FOLDER RECORDS SIZE GROUP full|normal   a row a group, committed
//   scrivener-limit router                                   takes what comes and answers nothing
//
// Prints one JSON object; `router` prints lines until it is killed.

#include "limit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

double seconds_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

void *need(long count, size_t size) {
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fprintf(stderr, "scrivener-limit: no memory\n");
        exit(1);
    }
    return memory;
}

static int compare(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

void print_quantiles(double *times, long count) {
    qsort(times, count, sizeof *times, compare);
    printf(", \"p50\": %.9f, \"p99\": %.9f, \"p999\": %.9f", times[count / 2],
           times[(long)(count * 0.99)], times[(long)(count * 0.999)]);
}

static int usage(void) {
    fprintf(stderr, "usage: scrivener-limit echo|round-trip|sync|sqlite|router …\n");
    return 64;
}

// At least 1 and at most a billion.
static long number(const char *text) {
    char *end;
    long value = strtol(text, &end, 10);
    if (*text == 0 || *end != 0 || value < 1 || value > 1000000000) {
        fprintf(stderr, "scrivener-limit: %s is not 1 to 1000000000\n", text);
        exit(64);
    }
    return value;
}

int main(int count, char **arguments) {
    // Whoever asked for the measurement is gone: nobody wants it any more.
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (count < 2) return usage();
    const char *what = arguments[1];
    char **rest = arguments + 2;
    int given = count - 2;
    if (!strcmp(what, "router") && given == 0) return run_router();
    if (!strcmp(what, "peer") && given == 1) return run_peer(rest[0]);
    if (!strcmp(what, "echo") && given == 4) {
        return measure_echo(
            (int)number(rest[0]), number(rest[1]), number(rest[2]), number(rest[3]), 0);
    }
    if (!strcmp(what, "round-trip") && given == 2) {
        return measure_echo(1, number(rest[0]), number(rest[1]), 1, 1);
    }
    if (!strcmp(what, "sync") && given == 4) {
        return measure_sync(rest[0], number(rest[1]), number(rest[2]), number(rest[3]));
    }
    if (!strcmp(what, "sqlite") && given == 5) {
        return measure_sqlite(rest[0], number(rest[1]), number(rest[2]), number(rest[3]),
                              !strcmp(rest[4], "full"));
    }
    return usage();
}
