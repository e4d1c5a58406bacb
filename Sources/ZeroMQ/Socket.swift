// A ZeroMQ socket and its endpoints. libzmq's sockets belong to one thread at a time; so does this
// class, and debug builds check it. Options, sending, and receiving are in files of their own.

internal import CZeroMQ

/// One ZeroMQ socket, owned by the thread that made it.
///
/// The caller owes: every call, but for the release of the last reference, comes from the thread
/// that called `init`. Debug builds stop at any other.
///
/// Guarantees: no call blocks. To wait, use a `Poller`. A closed socket throws `closed`.
package final class Socket {
    package enum Kind: Sendable {
        case router, dealer, pair, request, reply
    }

    package let kind: Kind
    let context: Context
    private var handle: UnsafeMutableRawPointer?
    private let owner = czmq_thread_id()

    /// - Throws: `terminated` after the context's shutdown, `resourceExhausted`.
    package init(_ kind: Kind, in context: Context) throws(ZeroMQError) {
        guard let handle = zmq_socket(context.handle, kind.code) else {
            throw ZeroMQError(errno: zmq_errno(), .openSocket)
        }
        self.kind = kind
        self.context = context
        self.handle = handle
    }

    deinit {
        if let handle { _ = zmq_close(handle) }
    }

    /// Listens on `endpoint`. A port may be `*`: the system picks a free one.
    ///
    /// - Returns: The endpoint as it is, its port included, ready for `connect` and `unbind`.
    /// - Throws: `addressInUse`, `addressUnavailable`, `invalidArgument`, `permissionDenied`,
    ///   `unsupported`, `terminated`, `closed`.
    @discardableResult
    package func bind(_ endpoint: String) throws(ZeroMQError) -> String {
        try call(zmq_bind, .bind, endpoint)
        return try get(.lastEndpoint)
    }

    /// Dials `endpoint`, in the background and again when the connection breaks, as the
    /// reconnect options say. That it returns does not mean that anyone is there.
    ///
    /// - Throws: `invalidArgument`, `unsupported`, `resourceExhausted`, `terminated`, `closed`.
    package func connect(_ endpoint: String) throws(ZeroMQError) {
        try call(zmq_connect, .connect, endpoint)
    }

    /// Stops listening on an endpoint that `bind` returned. Its connections go on.
    ///
    /// - Throws: `unknownEndpoint`, `terminated`, `closed`.
    package func unbind(_ endpoint: String) throws(ZeroMQError) {
        try call(zmq_unbind, .unbind, endpoint)
    }

    /// Hangs up on an endpoint given to `connect`; what waits to go there follows `linger`.
    ///
    /// - Throws: `unknownEndpoint`, `terminated`, `closed`.
    package func disconnect(_ endpoint: String) throws(ZeroMQError) {
        try call(zmq_disconnect, .disconnect, endpoint)
    }

    /// Closes the socket; a second time does nothing. Listeners give up their ports soon after, and
    /// certainly once the context has ended.
    package func close() {
        checkOwner()
        if let handle { _ = zmq_close(handle) }
        handle = nil
    }

    package var isClosed: Bool { handle == nil }

    private func call(
        _ function: (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> Int32,
        _ operation: ZeroMQError.Operation, _ endpoint: String
    ) throws(ZeroMQError) {
        let handle = try open(for: operation)
        guard namesOneEndpoint(endpoint) else {
            throw ZeroMQError(.invalidArgument, operation, endpoint: endpoint)
        }
        let failure = endpoint.withCString { text in ErrorNumber.of { function(handle, text) } }
        guard failure == ErrorNumber.none else {
            throw ZeroMQError(errno: failure, operation, endpoint: endpoint)
        }
    }

    /// The handle of a socket that is open, for a call by its owner.
    @inline(__always)
    func open(
        for operation: ZeroMQError.Operation
    ) throws(ZeroMQError) -> UnsafeMutableRawPointer {
        checkOwner()
        guard let handle else { throw ZeroMQError(.closed, operation) }
        return handle
    }

    @inline(__always)
    private func checkOwner() {
        assert(owner == czmq_thread_id(), "a socket is for the thread that made it")
    }
}

/// Refuses what libzmq would silently take for another endpoint: it stops reading at a NUL and at
/// what is no digit of a port, and it takes ports modulo 65,536.
private func namesOneEndpoint(_ endpoint: String) -> Bool {
    guard !endpoint.utf8.contains(0) else { return false }
    guard endpoint.hasPrefix("tcp://") else { return true }
    guard let colon = endpoint.lastIndex(of: ":") else { return false }
    let port = endpoint[endpoint.index(after: colon)...]
    return port == "*" || UInt16(port) != nil
}

@available(*, unavailable)
extension Socket: Sendable {}

extension Socket.Kind {
    fileprivate var code: Int32 {
        switch self {
        case .router: ZMQ_ROUTER
        case .dealer: ZMQ_DEALER
        case .pair: ZMQ_PAIR
        case .request: ZMQ_REQ
        case .reply: ZMQ_REP
        }
    }
}
