// A replica's call at the coordinator's second endpoint: one question, one answer, over a connection of its own.

import ScrivenerModel
import ScrivenerWire
import ZeroMQ

/// A question that waits for its answer. Confined to the loop's thread.
final class EnrolmentCall {
    static let patience = TimeSpan.seconds(5)

    let deadline: Instant
    private let socket: Socket
    private let poller: Poller
    private let message = Message(maximumFrameCount: 1)

    init(
        _ request: EnrolmentRequest, to endpoint: String, knownBy key: CurvePublicKey,
        as pair: CurveKeyPair, in context: Context, poller: Poller, at now: Instant
    ) throws(ZeroMQError) {
        socket = try Socket(.dealer, in: context)
        self.poller = poller
        deadline = now.advanced(by: Self.patience)
        try socket.set(.linger, .zero)
        try socket.set(.ipv6, true)
        try socket.set(.maximumMessageSize, Int64(EnrolmentRequest.maximumBytes))
        try socket.set(.handshakeInterval, .seconds(3))
        try socket.set(.connectTimeout, .seconds(3))
        // Whoever is not let in now must not hurry.
        try socket.set(.reconnectInterval, .seconds(1))
        try socket.secure(as: pair, for: key)
        try socket.connect(endpoint)
        let bytes = WireCodec.encode(request)
        try socket.send(bytes.span.bytes)
        poller.add(socket)
    }

    /// The answer, when it has come.
    func answer() throws(ZeroMQError) -> Result<EnrolmentAnswer, WireError>? {
        guard try socket.receive(into: message) else { return nil }
        return message.withSpan(ofFrame: 0) { bytes in
            Result { () throws(WireError) in try WireCodec.decode(enrolmentAnswer: bytes) }
        }
    }

    func close() {
        poller.remove(socket)
        socket.close()
    }
}

extension Socket {
    /// Encrypts a connection that is made from now on, and says who we are.
    ///
    /// - Parameter key: the only one by which the other end is taken for whom we mean.
    func secure(as pair: CurveKeyPair, for key: CurvePublicKey) throws(ZeroMQError) {
        try set(.curveServerKey, key)
        try set(.curvePublicKey, pair.publicKey)
        try set(.curveSecretKey, pair.secretKey)
    }
}
