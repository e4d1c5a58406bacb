// A received message, read where libzmq put it. The frames are `zmq_msg_t`s on the heap, made once
// and filled again and again: a frame up to 33 bytes lives inside the structure itself, so the
// structures must not move, and a Swift struct that held them could not lend out their bytes.
// One copy and one allocation less for each message is most of the cost of receiving it.

internal import CZeroMQ

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// What a peer's connection says of itself, as `Message.property` answers.
package enum MessageProperty: Sendable {
    /// Who the ZAP handler said the peer is. Read it from the payload frame: libzmq 4.3.4 loses
    /// it on a router's first frame.
    case userID
    /// The peer's network address; absent on inproc.
    case peerAddress

    fileprivate var name: StaticString {
        switch self {
        case .userID: "User-Id"
        case .peerAddress: "Peer-Address"
        }
    }
}

/// Room for one message of at most `maximumFrameCount` frames. Make one and receive into it over
/// and over; it belongs to one thread at a time, like a socket.
///
/// A frame's bytes are lent to closures only, and are gone with the next `receive(into:)`, which
/// traps if it is called from inside such a closure: that is a mistake in our code, never in a
/// peer's data. An index that the peer did not send is not a mistake: it reads as `nil`.
package final class Message {
    package let maximumFrameCount: Int
    /// How many frames the last message had, as far as there was room.
    package private(set) var count = 0

    /// `maximumFrameCount` of them, and one more that takes what there is no room for.
    private let frames: UnsafeMutablePointer<zmq_msg_t>
    /// How many of the frames hold memory, from the first.
    private var held = 0
    private var lent = 0

    package init(maximumFrameCount: Int = 8) {
        precondition(maximumFrameCount > 0, "a message has a frame")
        self.maximumFrameCount = maximumFrameCount
        frames = .allocate(capacity: maximumFrameCount + 1)
        for index in 0...maximumFrameCount { zmq_msg_init(frames + index) }
    }

    deinit {
        for index in 0...maximumFrameCount { zmq_msg_close(frames + index) }
        frames.deallocate()
    }

    /// Gives the frames' memory back now rather than at the next message.
    package func clear() {
        precondition(lent == 0, "the message is being read")
        count = 0
        release(from: 0)
    }

    /// Reads a frame in place.
    ///
    /// - Returns: What `body` returns, or nil if the message has no such frame.
    @inlinable
    package func withFrame<Result, Failure: Error>(
        _ index: Int, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let bytes = lend(index) else { return nil }
        defer { takeBack() }
        return try body(bytes)
    }

    /// Reads a frame in place, by a span that the compiler keeps from escaping.
    ///
    /// - Returns: What `body` returns, or nil if the message has no such frame.
    @inlinable
    package func withSpan<Result, Failure: Error>(
        ofFrame index: Int, _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard let bytes = lend(index) else { return nil }
        defer { takeBack() }
        return try body(bytes.bytes)
    }

    /// A copy of a frame, or nil if the message has no such frame.
    package func copyFrame(_ index: Int) -> [UInt8]? {
        withFrame(index) { Array($0) }
    }

    /// The size of a frame in bytes, or nil if the message has no such frame.
    package func size(ofFrame index: Int) -> Int? {
        (0..<count).contains(index) ? zmq_msg_size(frames + index) : nil
    }

    /// What the connection that a frame came by says of itself, or nil if it does not say.
    package func property(_ property: MessageProperty, ofFrame index: Int) -> String? {
        guard (0..<count).contains(index) else { return nil }
        return property.name.withUTF8Buffer { name in
            // A static string's bytes end in a NUL.
            name.withMemoryRebound(to: CChar.self) { name in
                zmq_msg_gets(frames + index, name.baseAddress).map { String(cString: $0) }
            }
        }
    }

    /// Whether the connection that a frame came by says just this of itself. Makes no text of it: this can be asked
    /// of each message.
    ///
    /// - Parameter text: with the NUL at its end.
    package func says(
        _ text: [CChar], as property: MessageProperty, ofFrame index: Int
    ) -> Bool {
        guard (0..<count).contains(index) else { return false }
        return property.name.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) { name in
                guard let said = zmq_msg_gets(frames + index, name.baseAddress) else {
                    return false
                }
                return strcmp(said, text) == 0
            }
        }
    }

    /// The descriptor that libzmq read a frame from, which it may have closed since.
    func descriptor(ofFrame index: Int) -> Int32? {
        guard (0..<count).contains(index) else { return nil }
        let descriptor = zmq_msg_get(frames + index, ZMQ_SRCFD)
        return descriptor < 0 ? nil : descriptor
    }

    /// Takes one message from the socket, if one is there.
    ///
    /// - Returns: The failure, or `none`; and how many frames the message had.
    func fill(from handle: UnsafeMutableRawPointer) -> (failure: Int32, frameCount: Int) {
        precondition(lent == 0, "the message is being read")
        count = 0
        var received = 0
        repeat {
            let frame = frames + min(received, maximumFrameCount)
            let failure = ErrorNumber.of { zmq_msg_recv(frame, handle, ZMQ_DONTWAIT) }
            guard failure == ErrorNumber.none else { return (failure, received) }
            received += 1
            held = max(held, received)
        } while zmq_msg_more(frames + min(received - 1, maximumFrameCount)) != 0
        count = min(received, maximumFrameCount)
        release(from: count)
        return (ErrorNumber.none, received)
    }

    /// Empties frames from `start` on, those of an earlier, longer message, or of an overlong one.
    private func release(from start: Int) {
        var index = start
        while index < min(held, maximumFrameCount + 1) {
            zmq_msg_close(frames + index)
            zmq_msg_init(frames + index)
            index += 1
        }
        held = start
    }

    @usableFromInline
    func lend(_ index: Int) -> UnsafeRawBufferPointer? {
        guard (0..<count).contains(index) else { return nil }
        lent += 1
        let frame = frames + index
        return UnsafeRawBufferPointer(start: zmq_msg_data(frame), count: zmq_msg_size(frame))
    }

    @usableFromInline
    func takeBack() { lent -= 1 }
}

@available(*, unavailable)
extension Message: Sendable {}

extension Socket {
    /// Takes the next message, if one is there, into `message`, in place of what it held.
    ///
    /// - Returns: False if nothing is there; the message is then empty.
    /// - Throws: `tooManyFrames` if the peer sent more frames than there is room for: the ones that
    ///   fit, the peer's routing id among them, can be read, and the next message comes next.
    ///   `wrongState`, `terminated`, `closed`.
    package func receive(into message: Message) throws(ZeroMQError) -> Bool {
        let (failure, frameCount) = message.fill(from: try open(for: .receive))
        guard failure == ErrorNumber.none else {
            if failure == EAGAIN && frameCount == 0 { return false }
            throw ZeroMQError(errno: failure, .receive)
        }
        guard frameCount <= message.maximumFrameCount else {
            throw ZeroMQError(.tooManyFrames, .receive)
        }
        return true
    }
}
