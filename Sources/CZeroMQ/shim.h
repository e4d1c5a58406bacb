// libzmq, and the few system calls beside it that Swift cannot see: `eventfd` (a function that the
// Glibc module leaves out), thread names (another function on each system), and constants that
// libzmq's header hides behind its draft switch although the stable library honours them.
//
// A wake-up is one eventfd on Linux and a non-blocking pipe elsewhere; the Swift side need not know.

#ifndef SCRIVENER_CZEROMQ_SHIM_H
#define SCRIVENER_CZEROMQ_SHIM_H

#include <zmq.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#if defined(__linux__)
#include <sys/eventfd.h>
#include <sys/prctl.h>
#endif

#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

/// The two ends of a wake-up; the same descriptor twice where one does for both.
typedef struct {
    int reader;
    int writer;
} czmq_wakeup;

/// Opens a wake-up. Returns 0, or the errno.
static inline int czmq_wakeup_open(czmq_wakeup *wakeup) {
#if defined(__linux__)
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (descriptor < 0) return errno;
    wakeup->reader = descriptor;
    wakeup->writer = descriptor;
    return 0;
#else
    int ends[2];
    if (pipe(ends) != 0) return errno;
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    wakeup->reader = ends[0];
    wakeup->writer = ends[1];
    return 0;
#endif
}

static inline void czmq_wakeup_close(czmq_wakeup wakeup) {
    close(wakeup.reader);
    if (wakeup.writer != wakeup.reader) close(wakeup.writer);
}

/// Makes the reader readable. A full counter or pipe is readable already, so that is a success.
static inline void czmq_wakeup_signal(czmq_wakeup wakeup) {
#if defined(__linux__)
    uint64_t token = 1;
#else
    uint8_t token = 1;
#endif
    while (write(wakeup.writer, &token, sizeof token) < 0 && errno == EINTR) {}
}

/// Makes the reader unreadable until the next signal. Returns how many signals it took away.
static inline uint64_t czmq_wakeup_clear(czmq_wakeup wakeup) {
    uint64_t signals = 0;
#if defined(__linux__)
    while (read(wakeup.reader, &signals, sizeof signals) < 0) {
        if (errno != EINTR) return 0;
    }
#else
    uint8_t tokens[256];
    for (;;) {
        ssize_t count = read(wakeup.reader, tokens, sizeof tokens);
        if (count > 0) signals += (uint64_t)count;
        else if (count == 0 || errno != EINTR) break;
    }
#endif
    return signals;
}

/// A number that tells the calling thread from every other live thread.
static inline uintptr_t czmq_thread_id(void) { return (uintptr_t)pthread_self(); }

/// Names the calling thread for debuggers; Linux keeps the first 15 bytes.
static inline void czmq_thread_name(const char *name) {
#if defined(__linux__)
    prctl(PR_SET_NAME, name, 0, 0, 0);
#else
    pthread_setname_np(name);
#endif
}

/// Writes the address at the other end of a connected socket, as far as there is room. Returns how many
/// bytes it has, or -1 where nothing is connected.
static inline int czmq_peer_address(int descriptor, uint8_t *bytes, int room) {
    socklen_t size = (socklen_t)room;
    if (getpeername(descriptor, (struct sockaddr *)(void *)bytes, &size) != 0) return -1;
    return (int)size < room ? (int)size : room;
}

/// Writes the address at the other end as text, without its port: as libzmq has it. Returns 0, or -1 where there is
/// none.
static inline int czmq_peer_host(int descriptor, char *text, int room) {
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (getpeername(descriptor, (struct sockaddr *)(void *)&peer, &size) != 0) return -1;
    int failure = getnameinfo((struct sockaddr *)(void *)&peer, size, text, (socklen_t)room, NULL,
                              0, NI_NUMERICHOST);
    return failure == 0 ? 0 : -1;
}

/// The port at this end of a connection, or -1 where there is none.
static inline int czmq_own_port(int descriptor) {
    struct sockaddr_storage own;
    socklen_t size = sizeof own;
    if (getsockname(descriptor, (struct sockaddr *)(void *)&own, &size) != 0) return -1;
    if (own.ss_family == AF_INET) {
        return ntohs(((struct sockaddr_in *)(void *)&own)->sin_port);
    }
    if (own.ss_family == AF_INET6) {
        return ntohs(((struct sockaddr_in6 *)(void *)&own)->sin6_port);
    }
    return -1;
}

/// Ends a connection in both directions. Whoever has the descriptor still has to close it.
static inline void czmq_hang_up(int descriptor) { shutdown(descriptor, SHUT_RDWR); }

/// Starts a detached thread. Returns 0, or the errno; `body` runs if and only if it returns 0.
static inline int czmq_thread_start(void *(*body)(void *), void *argument) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, body, argument);
    if (error == 0) pthread_detach(thread);
    return error;
}

#endif
