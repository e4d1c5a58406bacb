import Testing
import ZeroMQ

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct PollerTests {
    /// A timer falls due while nothing arrives: the loop must come round, and not early.
    @Test func waitEndsWhenTheTimeIsOver() async throws {
        let (ready, woken, elapsed) = try await onOwnThread {
            let poller = Poller(wakeUp: try WakeUp())
            let clock = ContinuousClock()
            let start = clock.now
            let ready = try poller.wait(timeout: .milliseconds(20))
            return (ready, poller.wasWoken, clock.now - start)
        }
        #expect(!ready)
        #expect(!woken)
        #expect(elapsed >= .milliseconds(20))
    }

    /// A command from an HTTP request while the loop sleeps, or just before: neither may be missed,
    /// and neither may be seen twice.
    @Test func wakeUpEndsTheWaitOnce() async throws {
        let wakeUp = try WakeUp()
        async let waits = onOwnThread {
            let poller = Poller(wakeUp: wakeUp)
            let first = try poller.wait(timeout: patience) && poller.wasWoken
            let second = try poller.wait(timeout: .zero) || poller.wasWoken
            return (first, second)
        }
        wakeUp.signal()
        let (first, second) = try await waits
        #expect(first)
        #expect(!second)
    }

    /// One of several sockets has something, and nobody woke: the loop must be told which.
    @Test func onlyTheReadySocketIsReported() async throws {
        let seen = try await onOwnThread {
            let context = try Context()
            let quiet = try Socket(.router, in: context)
            let busy = try Socket(.router, in: context)
            let peer = try Socket(.dealer, in: context)
            let poller = Poller(wakeUp: try WakeUp())
            poller.add(quiet)
            poller.add(busy)
            try peer.connect(try busy.bind("tcp://127.0.0.1:*"))
            try peer.sendText("hello")
            let ready = try poller.wait(timeout: patience)
            let reported = [poller.isReadable(quiet), poller.isReadable(busy), poller.wasWoken]
            poller.remove(busy)
            let afterRemoval = try poller.wait(timeout: .zero)
            return (ready, reported, afterRemoval)
        }
        #expect(seen.0)
        #expect(seen.1 == [false, true, false])
        #expect(!seen.2)
    }

    /// Shutdown while the owner waits for ever. The wait must end with `terminated`, the
    /// thread must be able to close its socket, and the context must then end: no hang.
    @Test func shutdownEndsAWaitOnAnotherThread() async throws {
        let context = try Context()
        let mailbox = Mailbox<Void>(wakeUp: try WakeUp())
        async let ending = onOwnThread {
            let router = try Socket(.router, in: context)
            try router.bind("tcp://127.0.0.1:*")
            let poller = Poller()
            poller.add(router)
            _ = mailbox.post(())
            let wait = Socket.code { () throws(ZeroMQError) in _ = try poller.wait(timeout: nil) }
            let send = Socket.code { () throws(ZeroMQError) in try router.sendText("a", "b") }
            let open = Socket.code { () throws(ZeroMQError) in
                _ = try Socket(.router, in: context)
            }
            return [wait, send, open]
        }
        // Once the socket is there; whether its owner waits yet or is about to makes no difference.
        _ = try await onOwnThread {
            try Poller(wakeUp: mailbox.wakeUp).wait(timeout: patience)
        }
        context.shutdown()
        context.shutdown()
        #expect(try await ending == [.terminated, .terminated, .terminated])
    }

    /// A signal (a child's end, a profiler) interrupts the system call: the wait goes on.
    @Test func signalsDoNotEndTheWait() async throws {
        _ = signal(SIGUSR2) { _ in }
        let wakeUp = try WakeUp()
        let started = Mailbox<pthread_t>(wakeUp: try WakeUp())
        async let wait = onOwnThread {
            let poller = Poller(wakeUp: wakeUp)
            _ = started.post(pthread_self())
            return try poller.wait(timeout: patience) && poller.wasWoken
        }
        try await onOwnThread {
            var threads: [pthread_t] = []
            let pause = Poller(wakeUp: started.wakeUp)
            _ = try pause.wait(timeout: patience)
            started.drain(into: &threads)
            for _ in 0..<5 {
                for thread in threads { pthread_kill(thread, SIGUSR2) }
                _ = try pause.wait(timeout: .milliseconds(2))
            }
            wakeUp.signal()
        }
        #expect(try await wait)
    }
}
