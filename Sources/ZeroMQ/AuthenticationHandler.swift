// Where libzmq asks who may connect: one endpoint of that name in each context, for all of its sockets. Without
// somebody there libzmq 4.3.4 takes any key, unless a socket has `zapEnforceDomain`; so the handler comes first,
// and the sockets that it guards are bound after it.

/// Answers libzmq's questions about new connections. Belongs to the thread that made it.
package final class AuthenticationHandler {
    package static let endpoint = "inproc://zeromq.zap.01"
    private static let maximumFrames = 16

    /// For a `Poller`: readable when somebody wants to connect.
    package let socket: Socket
    private let message = Message(maximumFrameCount: maximumFrames)

    /// - Throws: `addressInUse` where the context has a handler already.
    package init(in context: Context) throws(ZeroMQError) {
        socket = try Socket(.reply, in: context)
        try socket.bind(Self.endpoint)
    }

    /// Answers what is asked, so many questions at most.
    package func answer(
        atMost count: Int, _ decide: (AuthenticationRequest) -> AuthenticationAnswer
    ) throws(ZeroMQError) {
        for _ in 0..<count {
            do throws(ZeroMQError) {
                guard try socket.receive(into: message) else { return }
            } catch {
                guard error.code == .tooManyFrames else { throw error }
            }
            let frames = (0..<message.count).compactMap { message.copyFrame($0) }
            // Whoever asks waits for an answer, whatever the question is.
            guard message.count < Self.maximumFrames,
                let request = AuthenticationRequest(frames: frames)
            else {
                try socket.send(
                    AuthenticationAnswer.unreadable(frames.count > 1 ? frames[1] : []))
                continue
            }
            try socket.send(decide(request).frames(answering: request.id))
        }
    }

    package func close() { socket.close() }
}

@available(*, unavailable)
extension AuthenticationHandler: Sendable {}
