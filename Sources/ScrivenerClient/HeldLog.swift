// What a coordinator holds of one attempt's output.

import NIOHTTP1

/// The end of what an attempt's agent has said.
package struct HeldLog: Sendable {
    /// Absent while no attempt was made.
    package var attempt: Int64?
    /// How many bytes it had said before the text.
    package var offset: Int64
    package var text: String
}

extension APIClient {
    /// - Throws: `APIError`.
    package func heldLog(_ request: TaskLogRequest) async throws -> HeldLog {
        let (headers, body) = try await getWithHeaders(request.path, query: request.query)
        func number(_ name: String) -> Int64? {
            headers.first(name: name).flatMap { Int64($0) }
        }
        return HeldLog(
            attempt: number("Scrivener-Attempt"), offset: number("Scrivener-Offset") ?? 0,
            text: String(decoding: body, as: UTF8.self))
    }
}
