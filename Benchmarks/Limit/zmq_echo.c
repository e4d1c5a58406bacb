// What bare libzmq does here: one ROUTER that sends messages to DEALERs in processes of their own, over
// TCP, and takes their echoes. The yardstick for everything that goes over the wire.
//
// One by one: as many messages are on their way as asked for, each echo is answered with the next message,
// nothing is batched. With one outstanding it is a round trip, and every one is timed.

#include "limit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

static void check(int succeeded, const char *what) {
    if (succeeded) return;
    fprintf(stderr, "%s: %s\n", what, zmq_strerror(zmq_errno()));
    exit(1);
}

// Sends back whatever comes, until it gets an empty message.
static void echo(const char *endpoint) {
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_DEALER);
    check(zmq_connect(socket, endpoint) == 0, "connect");
    check(zmq_send(socket, "", 0, 0) == 0, "hello");
    zmq_msg_t message;
    zmq_msg_init(&message);
    while (zmq_msg_recv(&message, socket, 0) > 0) {
        check(zmq_msg_send(&message, socket, 0) >= 0, "echo");
    }
    zmq_close(socket);
    zmq_ctx_term(context);
}

// The sender's routing id stays in `id`, the body in `body`.
static void take(void *socket, zmq_msg_t *id, zmq_msg_t *body) {
    check(zmq_msg_recv(id, socket, 0) >= 0, "receive");
    check(zmq_msg_recv(body, socket, 0) >= 0, "receive");
}

static void give(void *socket, zmq_msg_t *id, const void *body, size_t size) {
    zmq_msg_t copy;
    zmq_msg_init(&copy);
    zmq_msg_copy(&copy, id);
    check(zmq_msg_send(&copy, socket, ZMQ_SNDMORE) >= 0, "send");
    check(zmq_send(socket, body, size, 0) >= 0, "send");
}

int measure_echo(int workers, long messages, long size, long outstanding, int timed) {
    void *context = zmq_ctx_new();
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    int unlimited = 0;
    zmq_setsockopt(socket, ZMQ_SNDHWM, &unlimited, sizeof unlimited);
    zmq_setsockopt(socket, ZMQ_RCVHWM, &unlimited, sizeof unlimited);
    check(zmq_bind(socket, "tcp://127.0.0.1:*") == 0, "bind");
    char endpoint[128];
    size_t length = sizeof endpoint;
    check(zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, endpoint, &length) == 0, "endpoint");

    pid_t *children = need(workers, sizeof *children);
    for (int worker = 0; worker < workers; worker++) {
        children[worker] = fork();
        check(children[worker] >= 0, "fork");
        // The parent's context is not to be used here; the program below has one of its own.
        if (children[worker] == 0) {
            execl("/proc/self/exe", "scrivener-limit", "peer", endpoint, (char *)NULL);
            _exit(127);
        }
    }
    zmq_msg_t *peers = need(workers, sizeof *peers);
    zmq_msg_t body;
    zmq_msg_init(&body);
    for (int worker = 0; worker < workers; worker++) {
        zmq_msg_init(&peers[worker]);
        take(socket, &peers[worker], &body);
    }

    char *text = need(size, 1);
    memset(text, 'x', size);
    double *times = timed ? need(messages, sizeof *times) : NULL;
    zmq_msg_t id;
    zmq_msg_init(&id);
    double began = seconds_now();
    long sent = 0;
    while (sent < outstanding && sent < messages) {
        give(socket, &peers[sent % workers], text, size);
        sent++;
    }
    double last = began;
    for (long taken = 0; taken < messages; taken++) {
        take(socket, &id, &body);
        if (timed) {
            double now = seconds_now();
            times[taken] = now - last;
            last = now;
        }
        if (sent < messages) {
            give(socket, &id, text, size);
            sent++;
        }
    }
    double took = seconds_now() - began;
    printf("{\"messages\": %ld, \"seconds\": %.6f, \"per_second\": %.1f", messages, took, messages / took);
    if (timed) print_quantiles(times, messages);
    printf("}\n");

    for (int worker = 0; worker < workers; worker++) {
        give(socket, &peers[worker], "", 0);
        zmq_msg_close(&peers[worker]);
    }
    for (int worker = 0; worker < workers; worker++) waitpid(children[worker], NULL, 0);
    zmq_msg_close(&id);
    zmq_msg_close(&body);
    free(children);
    free(peers);
    free(text);
    free(times);
    zmq_close(socket);
    zmq_ctx_term(context);
    return 0;
}

int run_peer(const char *endpoint) {
    echo(endpoint);
    return 0;
}
