#include "MutationSwitch.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

int32_t scrivener_mutant_number = 0;

__attribute__((constructor)) static void read_number(void) {
    const char *text = getenv("SCRIVENER_MUTANT");
    if (text != NULL) scrivener_mutant_number = (int32_t)atoi(text);
}

void scrivener_say(const char *line) {
    size_t rest = strlen(line);
    while (rest > 0) {
        ssize_t written = write(STDOUT_FILENO, line, rest);
        if (written <= 0) return;
        line += written;
        rest -= (size_t)written;
    }
}

static void time_is_over(int signal) {
    (void)signal;
    scrivener_say("killed liveness a run of milliseconds does not end\n");
    _exit(0);
}

void scrivener_bound(int32_t seconds) {
    signal(SIGPROF, time_is_over);
    struct itimerval timer = {{0, 0}, {seconds, 0}};
    setitimer(ITIMER_PROF, &timer, NULL);
}
