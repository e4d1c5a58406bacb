// The one place where the thread that owns the sockets waits: for any of them, for other threads'
// wake-up, or for time to pass.

internal import CZeroMQ

/// What a socket can be ready for.
package struct PollEvents: OptionSet, Sendable {
    package let rawValue: Int16

    package init(rawValue: Int16) { self.rawValue = rawValue }

    /// `receive(into:)` has something to return.
    package static let readable = PollEvents(rawValue: Int16(ZMQ_POLLIN))
    /// `send` has room for a message, on a router to *some* peer.
    package static let writable = PollEvents(rawValue: Int16(ZMQ_POLLOUT))
}

/// Waits for sockets of one thread, and for a wake-up. Belongs to that thread.
///
/// The caller owes: never on Swift's cooperative pool, whose threads must not block; use an
/// `OwnedThread`. Remove a socket before closing it. Receive until nothing is there, or wait again:
/// a socket that stays readable is reported again at once.
package final class Poller {
    private let wakeUp: WakeUp?
    private var sockets: [Socket] = []
    private var items: [zmq_pollitem_t] = []

    /// Whether the last wait saw the wake-up. Then drain every mailbox that shares it.
    package private(set) var wasWoken = false

    package init(wakeUp: WakeUp? = nil) { self.wakeUp = wakeUp }

    /// Adds a socket, or changes what an added one is polled for.
    package func add(_ socket: Socket, for events: PollEvents = .readable) {
        remove(socket)
        sockets.append(socket)
        items.append(zmq_pollitem_t(socket: nil, fd: -1, events: events.rawValue, revents: 0))
    }

    /// Removes a socket; one that was not added is none the worse for it.
    package func remove(_ socket: Socket) {
        guard let index = sockets.firstIndex(where: { $0 === socket }) else { return }
        sockets.remove(at: index)
        items.remove(at: index)
    }

    /// Waits until a socket is ready, the wake-up is raised, or the time is over. Signals that
    /// interrupt it neither end nor lengthen it.
    ///
    /// - Parameter timeout: Rounded up to milliseconds, and down to 24 days; nil is for ever; zero
    ///   only looks.
    /// - Returns: False if the time was over. Otherwise ask `wasWoken` and `events(of:)`; the
    ///   wake-up is lowered already.
    /// - Throws: `terminated` when the context is shut down, `closed` if a socket was.
    package func wait(timeout: Duration?) throws(ZeroMQError) -> Bool {
        precondition(wakeUp != nil || !sockets.isEmpty || timeout != nil, "nothing ends this wait")
        wasWoken = false
        for (index, socket) in sockets.enumerated() {
            items[index].socket = try socket.open(for: .poll)
            items[index].revents = 0
        }
        if let wakeUp {
            items.append(
                zmq_pollitem_t(
                    socket: nil, fd: wakeUp.fileDescriptor, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        defer { if wakeUp != nil { items.removeLast() } }

        let ready = try poll(timeout: timeout)
        if let wakeUp, let last = items.last, last.revents != 0 {
            wasWoken = true
            wakeUp.clear()
        }
        return ready
    }

    /// What the last wait found the socket ready for; nothing for a socket that was not added.
    package func events(of socket: Socket) -> PollEvents {
        guard let index = sockets.firstIndex(where: { $0 === socket }) else { return [] }
        return PollEvents(rawValue: items[index].revents)
    }

    package func isReadable(_ socket: Socket) -> Bool { events(of: socket).contains(.readable) }

    package func isWritable(_ socket: Socket) -> Bool { events(of: socket).contains(.writable) }

    private func poll(timeout: Duration?) throws(ZeroMQError) -> Bool {
        let count = Int32(items.count)
        let clock = ContinuousClock()
        var milliseconds = timeout.map { Int($0.wholeMilliseconds) } ?? -1
        let deadline = timeout.map { clock.now + .milliseconds($0.wholeMilliseconds) }
        while true {
            let ready = items.withUnsafeMutableBufferPointer {
                zmq_poll($0.baseAddress, count, milliseconds)
            }
            if ready >= 0 { return ready > 0 }
            let failure = zmq_errno()
            guard failure == ErrorNumber.interrupted else {
                throw ZeroMQError(errno: failure, .poll)
            }
            if let deadline { milliseconds = Int((deadline - clock.now).wholeMilliseconds) }
        }
    }
}

@available(*, unavailable)
extension Poller: Sendable {}
