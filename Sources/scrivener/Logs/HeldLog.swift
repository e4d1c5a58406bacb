// What a coordinator holds of one attempt's output.

import NIOHTTP1
import ScrivenerClient
import ScrivenerModel

/// The end of what an attempt's agent has said.
struct HeldLog: Sendable {
    /// Absent while no attempt was made.
    var attempt: Int64?
    /// How many bytes it had said before the text.
    var offset: Int64
    var text: String
}

extension APIClient {
    func heldLog(_ request: TaskLogRequest) async throws -> HeldLog {
        let (headers, body) = try await getWithHeaders(request.path, query: request.query)
        func number(_ name: String) -> Int64? { headers.first(name: name).flatMap(Int64.init) }
        return HeldLog(
            attempt: number("Scrivener-Attempt"), offset: number("Scrivener-Offset") ?? 0,
            text: String(decoding: body, as: UTF8.self))
    }
}
