// What connections by themselves cost: a ROUTER that takes what comes and answers nothing.
//
// libzmq numbers the peers of a socket one after the other, as long as they choose no name of their own; so
// how many have spoken is read from their routing ids. Prints the endpoint, and every second how
// many peers and messages there were. Runs until it is killed.

#include "limit.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <zmq.h>

static void check(int succeeded, const char *what) {
    if (succeeded) return;
    fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

static void raise_file_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// Takes all that is there; the peers that spoke last and first are kept.
static long drain(void *socket, uint32_t *first, uint32_t *last, long taken) {
    unsigned char id[256];
    zmq_msg_t body;
    zmq_msg_init(&body);
    int size;
    while ((size = zmq_recv(socket, id, sizeof id, ZMQ_DONTWAIT)) >= 0) {
        check(size == 5 && id[0] == 0, "routing id");
        check(zmq_msg_recv(&body, socket, 0) >= 0, "receive");
        uint32_t number = (uint32_t)id[1] << 24 | (uint32_t)id[2] << 16 | (uint32_t)id[3] << 8 | id[4];
        if (taken++ == 0) *first = *last = number;
        // Numbers begin anywhere, and may pass zero.
        if ((int32_t)(number - *first) < 0) *first = number;
        if ((int32_t)(number - *last) > 0) *last = number;
    }
    zmq_msg_close(&body);
    return taken;
}

int run_router(void) {
    raise_file_limit();
    setvbuf(stdout, NULL, _IOLBF, 0);
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    check(zmq_bind(socket, "tcp://127.0.0.1:*") == 0, "bind");
    char endpoint[128];
    size_t length = sizeof endpoint;
    check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length) == 0, "endpoint");
    printf("%s\n", endpoint);
    uint32_t first = 0, last = 0;
    long taken = 0;
    double next = seconds_now();
    zmq_pollitem_t item = {socket, 0, ZMQ_POLLIN, 0};
    for (;;) {
        check(zmq_poll(&item, 1, 1000) >= 0, "poll");
        taken = drain(socket, &first, &last, taken);
        if (seconds_now() < next) continue;
        printf("peers %u messages %ld\n", taken == 0 ? 0 : last - first + 1, taken);
        next = seconds_now() + 1;
    }
}
