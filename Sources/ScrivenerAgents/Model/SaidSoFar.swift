// A model's words while they come: shown to whoever looks on, and a sign that the attempt gets on.

import ScrivenerAgentKit
import Synchronization

final class SaidSoFar: Sendable {
    private let context: AgentContext
    /// When the answer would be full; tokens of English have some four characters.
    private let expectedBytes: Double
    private let bytes = Mutex(0)

    init(_ context: AgentContext, expectedTokens: Int) {
        self.context = context
        expectedBytes = Double(expectedTokens) * 4
    }

    func take(_ text: String) {
        context.emit(text)
        let sum = bytes.withLock { bytes in
            bytes += text.utf8.count
            return bytes
        }
        context.progress(min(0.95, Double(sum) / expectedBytes), "\(sum) bytes of an answer")
    }
}
