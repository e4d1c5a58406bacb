// What the stories share. Sockets wait, so each story runs on a thread of its own and hands back
// what it saw; the expectations are outside, where the test runner knows which test they belong to.

import ZeroMQ

/// Long enough to mean "it never came" and to outlast a busy machine; no passing test waits it out.
let patience = Duration.seconds(120)

func onOwnThread<Output: Sendable>(
    _ body: sending @escaping () throws -> Output
) async throws -> Output {
    try await OwnedThread.run(named: "test", body)
}

/// A message that was waited for and did not come.
struct NothingCame: Error {}

extension Socket {
    /// The next message's frames, or an error if none comes.
    func awaitFrames(within timeout: Duration = patience) throws -> [[UInt8]] {
        let message = Message()
        try awaitMessage(into: message, within: timeout)
        return message.copyFrames()
    }

    func awaitMessage(into message: Message, within timeout: Duration = patience) throws {
        let poller = Poller()
        poller.add(self)
        while try !receive(into: message) {
            guard try poller.wait(timeout: timeout) else { throw NothingCame() }
        }
    }

    func sendText(_ frames: String...) throws(ZeroMQError) {
        try send(frames.map { Array($0.utf8) })
    }

    /// What `call` throws, as its code; nil if it does not throw.
    static func code(_ call: () throws(ZeroMQError) -> Void) -> ZeroMQError.Code? {
        do throws(ZeroMQError) {
            try call()
            return nil
        } catch {
            return error.code
        }
    }
}

extension Message {
    func copyFrames() -> [[UInt8]] { (0..<count).compactMap { copyFrame($0) } }
}

/// The text of a frame.
func text(_ frame: [UInt8]) -> String { String(decoding: frame, as: UTF8.self) }
