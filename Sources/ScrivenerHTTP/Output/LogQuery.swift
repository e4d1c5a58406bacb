// The query of `GET /v1/sessions/{session}/tasks/{task}/log`, and where the client was before.

import HTTPTypes
import HummingbirdCore
import ScrivenerModel

struct LogQuery: Equatable {
    static let attempts = 1...Int(Int32.max)

    /// The running or last attempt when absent.
    var attempt: Int?
    /// Whether it goes on as a stream until there can be no more.
    var isFollowing = false
    /// Where a stream goes on.
    var cursor: StreamCursor?

    init(_ request: Request) throws(ScrivenerError) {
        try QueryParameter.each(of: request.uri, known: "attempt, follow, since") {
            parameter throws(ScrivenerError) in
            switch parameter.name {
            case "attempt": attempt = try parameter.integer(in: Self.attempts)
            case "follow": isFollowing = try parameter.flag
            case "since": cursor = try StreamCursor(parameter.value, of: .log, at: "?since")
            default: return false
            }
            return true
        }
        guard isFollowing else { return }
        try StreamQuery.refuseBody(of: request)
        guard let name = HTTPField.Name("Last-Event-ID"), let last = request.headers[name],
            !last.isEmpty
        else { return }
        cursor = StreamCursor(lastEventID: last, of: .log)
    }
}
