// Query parameters. All of them are from outside; nothing here traps, and every refusal says which
// parameter, its limit and what was sent. A parameter that is unknown is refused, because somebody
// meant something by it.

import HummingbirdCore
import ScrivenerModel

/// One parameter of a query.
struct QueryParameter {
    static let maximumCursorBytes = 512
    /// A year.
    static let maximumAge = 31_536_000.0

    let name: Substring
    let value: Substring

    /// Hands each parameter of a query to `read`, which returns whether there is such a one.
    static func each(
        of uri: URI, known: String, _ read: (QueryParameter) throws(ScrivenerError) -> Bool
    ) throws(ScrivenerError) {
        for (name, value) in uri.queryParameters {
            let parameter = QueryParameter(name: name, value: value)
            guard try !read(parameter) else { continue }
            throw requestError(
                at: parameter.place, "there is no such parameter here", limit: known)
        }
    }

    private var place: String { "?\(name.prefix(64))" }

    /// What was sent, as far as it is told back.
    private var shown: String { String(value.prefix(64)) }

    func integer(in range: ClosedRange<Int>) throws(ScrivenerError) -> Int {
        guard let number = Int(value), range.contains(number) else {
            throw requestError(
                at: place, "must be a whole number in its range",
                limit: "\(range.lowerBound)…\(range.upperBound)", actual: shown)
        }
        return number
    }

    /// Without a value it is set.
    var flag: Bool {
        get throws(ScrivenerError) {
            switch value {
            case "", "true": return true
            case "false": return false
            default:
                throw requestError(
                    at: place, "must be true or false", limit: "true, false", actual: shown)
            }
        }
    }

    func seconds(in range: ClosedRange<Double>) throws(ScrivenerError) -> Double {
        guard let number = Double(value), range.contains(number) else {
            throw requestError(
                at: place, "must be a number of seconds in its range",
                limit: "\(Int(range.lowerBound))…\(Int(range.upperBound))", actual: shown)
        }
        return number
    }

    var cursor: String {
        get throws(ScrivenerError) {
            guard !value.isEmpty, value.utf8.count <= Self.maximumCursorBytes else {
                throw requestError(
                    at: place, "must be the `next` of an earlier page",
                    limit: "1…\(Self.maximumCursorBytes) bytes",
                    actual: "\(value.utf8.count) bytes")
            }
            return String(value)
        }
    }

    /// One of the words of an enumeration.
    func word<Word: RawRepresentable<String> & CaseIterable>(
        of what: String
    ) throws(ScrivenerError) -> Word {
        guard let word = Word(rawValue: String(value)) else {
            throw requestError(
                at: place, "is not \(what)",
                limit: Word.allCases.map(\.rawValue).joined(separator: ", "), actual: shown)
        }
        return word
    }

    var planName: String {
        get throws(ScrivenerError) {
            let name = String(value.prefix(PlanLimits().maximumNameLength + 1))
            guard PlanName.isValid(name) else {
                throw requestError(
                    at: place, "is not a name", limit: "1…128 of a–z A–Z 0–9 _ - . :",
                    actual: shown)
            }
            return name
        }
    }

    /// A time, or so many seconds ago.
    var start: HistoryStart {
        get throws(ScrivenerError) {
            if let time = WallTime(shown) { return .at(time) }
            guard let seconds = Double(value), (0...Self.maximumAge).contains(seconds) else {
                throw requestError(
                    at: place, "must be a time in UTC, or how many seconds ago",
                    limit: "as 2026-01-31T12:00:00Z, or 0…\(Int(Self.maximumAge))",
                    actual: shown)
            }
            return .ago(seconds)
        }
    }
}

extension SessionFilter {
    static let limits = 1...200
    static let defaultLimit = 50

    /// The query of `GET /v1/sessions`.
    init(_ uri: URI) throws(ScrivenerError) {
        self.init(limit: Self.defaultLimit)
        try QueryParameter.each(of: uri, known: "limit, after, status, since") {
            parameter throws(ScrivenerError) in
            switch parameter.name {
            case "limit": limit = try parameter.integer(in: Self.limits)
            case "after": after = try parameter.cursor
            case "status": status = try parameter.word(of: "the status of a session")
            case "since": since = try parameter.start
            default: return false
            }
            return true
        }
    }
}

extension TaskFilter {
    static let limits = 1...1_000

    /// The query of `GET /v1/sessions/{session}/tasks`.
    init(_ uri: URI) throws(ScrivenerError) {
        self.init()
        try QueryParameter.each(of: uri, known: "status, agent, limit, after") {
            parameter throws(ScrivenerError) in
            switch parameter.name {
            case "status": status = try parameter.word(of: "the status of a task")
            case "agent": agent = try parameter.planName
            case "limit": limit = try parameter.integer(in: Self.limits)
            case "after": after = try parameter.cursor
            default: return false
            }
            return true
        }
    }
}

/// The query of `POST /v1/sessions/{session}/rerun`.
struct RerunQuery: Equatable {
    private enum Word: String, CaseIterable {
        case `true`, `false`
    }

    var isDryRun = false

    init(_ uri: URI) throws(ScrivenerError) {
        try QueryParameter.each(of: uri, known: "dry_run") { parameter throws(ScrivenerError) in
            guard parameter.name == "dry_run" else { return false }
            let word: Word = try parameter.word(of: "a truth value")
            isDryRun = word == .true
            return true
        }
    }
}

/// The query of `GET /v1/agents/{agent}/metrics`.
struct MetricsQuery: Equatable {
    static let steps = 1.0...86_400.0
    static let defaultStep = 60.0

    var since: HistoryStart?
    var step = Self.defaultStep

    init(_ uri: URI) throws(ScrivenerError) {
        try QueryParameter.each(of: uri, known: "since, step") {
            parameter throws(ScrivenerError) in
            switch parameter.name {
            case "since": since = try parameter.start
            case "step": step = try parameter.seconds(in: Self.steps)
            default: return false
            }
            return true
        }
    }
}
