// Sending: never waiting, and a message as a whole or not at all.
//
// libzmq decides on the first frame whether a message can go. A later frame fails only when the
// peer went away in between; libzmq then drops what it has of the message, and also all that
// follows *up to its last frame*. So we carry on to the last frame after such a failure: stopping
// there would make it swallow the next message instead (`lb_t::sendpipe` in libzmq's lb.cpp).

internal import CZeroMQ

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Each `send` copies the frames once, into libzmq's queue, and returns.
///
/// Guarantees: when it throws, no part of the message reaches anyone. When it returns, the message
/// is queued; it is lost if the connection breaks before it is through.
///
/// The caller owes a router two frames or more, the first of them the peer's routing id; libzmq
/// would drop a lone one without a word.
///
/// Throws: `wouldBlock` at the high-water mark or without a peer, `unroutable` from a router with
/// `routerMandatory`, `wrongState`, `terminated`, `closed`. After `resourceExhausted`, see
/// `isClosed`: to close the socket is the only way to take back half a message.
extension Socket {
    package func send(_ frame: UnsafeRawBufferPointer) throws(ZeroMQError) {
        var sending = try begin(frameCount: 1)
        sending.add(frame, more: false)
        try finish(sending)
    }

    package func send(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer
    ) throws(ZeroMQError) {
        var sending = try begin(frameCount: 2)
        sending.add(first, more: true)
        sending.add(second, more: false)
        try finish(sending)
    }

    package func send(
        _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer,
        _ third: UnsafeRawBufferPointer
    ) throws(ZeroMQError) {
        var sending = try begin(frameCount: 3)
        sending.add(first, more: true)
        sending.add(second, more: true)
        sending.add(third, more: false)
        try finish(sending)
    }

    package func send(_ frame: RawSpan) throws(ZeroMQError) {
        try frame.withUnsafeBytes { (frame) throws(ZeroMQError) in try send(frame) }
    }

    package func send(_ first: RawSpan, _ second: RawSpan) throws(ZeroMQError) {
        try first.withUnsafeBytes { (first) throws(ZeroMQError) in
            try second.withUnsafeBytes { (second) throws(ZeroMQError) in
                try send(first, second)
            }
        }
    }

    package func send(
        _ first: RawSpan, _ second: RawSpan, _ third: RawSpan
    ) throws(ZeroMQError) {
        try first.withUnsafeBytes { (first) throws(ZeroMQError) in
            try second.withUnsafeBytes { (second) throws(ZeroMQError) in
                try third.withUnsafeBytes { (third) throws(ZeroMQError) in
                    try send(first, second, third)
                }
            }
        }
    }

    /// Any number of frames, but not none.
    package func send(_ frames: [[UInt8]]) throws(ZeroMQError) {
        precondition(!frames.isEmpty, "a message has a frame")
        var sending = try begin(frameCount: frames.count)
        for (index, frame) in frames.enumerated() {
            frame.withUnsafeBytes { sending.add($0, more: index < frames.count - 1) }
        }
        try finish(sending)
    }

    private func begin(frameCount: Int) throws(ZeroMQError) -> Sending {
        precondition(kind != .router || frameCount > 1, "a router sends a routing id and more")
        return Sending(handle: try open(for: .send))
    }

    private func finish(_ sending: Sending) throws(ZeroMQError) {
        guard sending.failure != ErrorNumber.none else { return }
        let error = ZeroMQError(errno: sending.failure, .send)
        if sending.hasBegun && error.code != .wouldBlock { close() }
        throw error
    }
}

/// A message on its way: whether libzmq has taken a frame of it, and the last failure.
private struct Sending {
    let handle: UnsafeMutableRawPointer
    private(set) var hasBegun = false
    private(set) var failure = ErrorNumber.none

    init(handle: UnsafeMutableRawPointer) { self.handle = handle }

    mutating func add(_ bytes: UnsafeRawBufferPointer, more: Bool) {
        // Only when it would block half-way does libzmq drop the rest for us; after any other
        // failure a further frame would complete a message with a hole in it.
        guard failure == ErrorNumber.none || (hasBegun && failure == EAGAIN) else { return }
        let flags = more ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT
        let outcome = ErrorNumber.of {
            zmq_send(handle, bytes.baseAddress, bytes.count, flags)
        }
        if outcome == ErrorNumber.none { hasBegun = true } else { failure = outcome }
    }
}
