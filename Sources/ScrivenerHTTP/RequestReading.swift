// What comes in with a request besides a plan: query parameters and the idempotency key. All of it
// is from outside; nothing here traps, and every refusal says which parameter, its limit and what
// was sent.

import HTTPTypes
import HummingbirdCore
import ScrivenerModel

/// The query of `GET /v1/sessions`.
struct ListQuery: Equatable {
    static let limits = 1...200
    static let defaultLimit = 50
    static let maximumCursorBytes = 512

    var limit = Self.defaultLimit
    var after: String?
    var status: SessionStatus?

    init(_ uri: URI) throws(ScrivenerError) {
        for (name, value) in uri.queryParameters {
            switch name {
            case "limit": limit = try Self.limit(value)
            case "after": after = try Self.cursor(value)
            case "status": status = try Self.status(value)
            default:
                throw requestError(
                    at: "?\(name.prefix(64))", "there is no such parameter here",
                    limit: "limit, after, status")
            }
        }
    }

    private static func limit(_ value: Substring) throws(ScrivenerError) -> Int {
        guard let limit = Int(value), limits.contains(limit) else {
            throw requestError(
                at: "?limit", "must be a whole number in its range",
                limit: "\(limits.lowerBound)…\(limits.upperBound)",
                actual: String(value.prefix(64)))
        }
        return limit
    }

    private static func cursor(_ value: Substring) throws(ScrivenerError) -> String {
        guard !value.isEmpty, value.utf8.count <= maximumCursorBytes else {
            throw requestError(
                at: "?after", "must be the `next` of an earlier page",
                limit: "1…\(maximumCursorBytes) bytes", actual: "\(value.utf8.count) bytes")
        }
        return String(value)
    }

    private static func status(_ value: Substring) throws(ScrivenerError) -> SessionStatus {
        guard let status = SessionStatus(rawValue: String(value)) else {
            throw requestError(
                at: "?status", "is not the status of a session",
                limit: SessionStatus.allCases.map(\.rawValue).joined(separator: ", "),
                actual: String(value.prefix(64)))
        }
        return status
    }
}

/// The query of `GET /v1/agents/{agent}/metrics`.
struct MetricsQuery: Equatable {
    /// A year.
    static let maximumAge = 31_536_000.0
    static let steps = 1.0...86_400.0
    static let defaultStep = 60.0

    var since: HistoryStart?
    var step = Self.defaultStep

    init(_ uri: URI) throws(ScrivenerError) {
        for (name, value) in uri.queryParameters {
            switch name {
            case "since": since = try Self.since(value)
            case "step": step = try Self.step(value)
            default:
                throw requestError(
                    at: "?\(name.prefix(64))", "there is no such parameter here",
                    limit: "since, step")
            }
        }
    }

    private static func since(_ value: Substring) throws(ScrivenerError) -> HistoryStart {
        if let time = WallTime(String(value.prefix(64))) { return .at(time) }
        guard let seconds = Double(value), (0...maximumAge).contains(seconds) else {
            throw requestError(
                at: "?since", "must be a time in UTC, or how many seconds ago",
                limit: "as 2026-01-31T12:00:00Z, or 0…\(Int(maximumAge))",
                actual: String(value.prefix(64)))
        }
        return .ago(seconds)
    }

    private static func step(_ value: Substring) throws(ScrivenerError) -> Double {
        guard let step = Double(value), steps.contains(step) else {
            throw requestError(
                at: "?step", "must be a number of seconds in its range",
                limit: "\(Int(steps.lowerBound))…\(Int(steps.upperBound))",
                actual: String(value.prefix(64)))
        }
        return step
    }
}

let maximumIdempotencyKeyBytes = 255

/// The `Idempotency-Key` of a submission, where there is one.
func idempotencyKey(of request: Request) throws(ScrivenerError) -> String? {
    guard let name = HTTPField.Name("Idempotency-Key"), let key = request.headers[name] else {
        return nil
    }
    guard (1...maximumIdempotencyKeyBytes).contains(key.utf8.count),
        key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
        throw requestError(
            at: "Idempotency-Key", "must be visible ASCII characters without spaces",
            limit: "1…\(maximumIdempotencyKeyBytes) characters",
            actual: "\(key.utf8.count) bytes")
    }
    return key
}

/// The longest that a submission waits for its session's end.
let maximumWaitSeconds = 600

/// For how many seconds a submission is to wait for its session's end: `Prefer: wait=SECONDS`
/// (RFC 7240, section 4.3). A preference that cannot be honoured is passed over, as the RFC has it.
func waitPreference(of request: Request) -> Int? {
    guard let name = HTTPField.Name("Prefer") else { return nil }
    for value in request.headers[values: name] {
        for preference in value.split(separator: ",") {
            // What follows a semicolon are parameters, of which a wait has none.
            guard let head = preference.split(separator: ";", maxSplits: 1).first else { continue }
            let parts = head.split(separator: "=", maxSplits: 1).map {
                $0.filter { !" \t\"".contains($0) }
            }
            guard parts.count == 2, parts[0].lowercased() == "wait", let seconds = Int(parts[1]),
                seconds > 0
            else { continue }
            return min(seconds, maximumWaitSeconds)
        }
    }
    return nil
}

/// - Parameter place: `?` and the name of a query parameter, the name of a header, or a JSON pointer
///   into the body.
func requestError(
    at place: String, _ message: String, limit: String? = nil, actual: String? = nil
) -> ScrivenerError {
    ScrivenerError(
        .requestInvalid, place.isEmpty ? message : "\(place): \(message)",
        mistakes: [Mistake(.requestInvalid, at: place, message, limit: limit, actual: actual)])
}
