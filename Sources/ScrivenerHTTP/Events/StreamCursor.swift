// Where a reader of a stream is. A cursor names what it counts in: one that was given out for something
// else (another journal's session of the same id, a coordinator before its restart) is known as such, and
// its reader is told to begin anew.

import HTTPTypes
import HummingbirdCore
import ScrivenerModel

/// A place in a stream.
struct StreamCursor: Sendable, Equatable {
    /// What is counted, as letters and digits.
    let series: String
    /// The place: of a session's stream and of a task's log one number, the position.
    let numbers: [Int]
    let text: String

    static let maximumBytes = 64

    var position: Int { numbers.first ?? 0 }

    init(series: String, position: Int) {
        self.init(series: series, numbers: [position])
    }

    private init(series: String, numbers: [Int]) {
        self.series = series
        self.numbers = numbers
        text = ([series] + numbers.map { String($0) }).joined(separator: "-")
    }

    init(_ cursor: PoolCursor) {
        self.init(
            series: cursor.journal,
            numbers: [cursor.start, cursor.position, Int(cursor.commit), cursor.index])
    }

    /// The place in the stream of the pool; `nil` when it is one in another stream.
    var poolCursor: PoolCursor? {
        guard numbers.count == StreamKind.pool.numbers else { return nil }
        return PoolCursor(
            journal: series, start: numbers[0], position: numbers[1], commit: Int64(numbers[2]),
            index: numbers[3])
    }

    /// A place in no stream that there is.
    private init(unknown text: String) {
        series = ""
        numbers = []
        self.text = String(text.prefix(Self.maximumBytes))
    }

    /// What a browser sends of itself when it connects again, which nobody could correct: what cannot be read
    /// is a place in another stream.
    init(lastEventID text: String, of kind: StreamKind) {
        do throws(ScrivenerError) {
            try self.init(text, of: kind, at: "Last-Event-ID")
        } catch {
            self.init(unknown: text)
        }
    }

    /// - Parameter place: where the text stands in the request.
    init(
        _ text: some StringProtocol, of kind: StreamKind, at place: String
    ) throws(ScrivenerError) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { String($0) }
        let numbers = parts.dropFirst().compactMap { Self.number($0) }
        guard text.utf8.count <= Self.maximumBytes, parts.count == 1 + kind.numbers,
            numbers.count == kind.numbers, !parts[0].isEmpty,
            parts[0].utf8.allSatisfy({ Self.isLetterOrDigit($0) })
        else {
            throw requestError(
                at: place, "must be the id of an event of this stream",
                limit: "as \(kind.example)", actual: String(text.prefix(Self.maximumBytes)))
        }
        self.init(series: parts[0], numbers: numbers)
    }

    private static func number(_ text: String) -> Int? {
        text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// What the ends of a session's tasks are counted in.
    static func series(of session: ResearchSession) -> String {
        let stamp = UInt64(bitPattern: session.submittedAt.millisecondsSince1970)
        return String(stamp, radix: 36)
    }
}

/// What streams there are.
enum StreamKind: Sendable {
    case session, pool, log

    /// How many numbers a cursor has.
    fileprivate var numbers: Int {
        switch self {
        case .session, .log: 1
        case .pool: 4
        }
    }

    fileprivate var example: String {
        switch self {
        case .session: "mk2x9f-417"
        case .pool: "3f9a1c22-118203-417-1042-0"
        case .log: "2k8vxq4hxz1f3-9"
        }
    }
}

/// The query of a stream of events, and where the client was before.
struct StreamQuery: Sendable, Equatable {
    /// Where it wants to go on: `since`, or the `Last-Event-ID` that a browser sends when it connects again,
    /// which is the later of the two.
    var cursor: StreamCursor?
    /// `events` without `all`: no events of tasks, or of changes of the pool.
    var isProgressOnly = false
    /// With `log`: what agents say while they run.
    var hasLog = false

    init(_ request: Request, of kind: StreamKind) throws(ScrivenerError) {
        try Self.refuseBody(of: request)
        for (name, value) in request.uri.queryParameters {
            switch name {
            case "since": cursor = try StreamCursor(value, of: kind, at: "?since")
            case "events": try choose(value, of: kind)
            default:
                throw requestError(
                    at: "?\(name.prefix(64))", "there is no such parameter here",
                    limit: "since, events")
            }
        }
        guard let name = HTTPField.Name("Last-Event-ID"), let last = request.headers[name],
            !last.isEmpty
        else { return }
        cursor = StreamCursor(lastEventID: last, of: kind)
    }

    private mutating func choose(
        _ value: Substring, of kind: StreamKind
    ) throws(ScrivenerError) {
        let words = value.split(separator: ",", omittingEmptySubsequences: false)
        let known = kind == .pool ? ["all", "progress"] : ["all", "progress", "log"]
        guard words.allSatisfy({ known.contains(String($0)) }) else {
            throw requestError(
                at: "?events", "is not a choice of events",
                limit: known.joined(separator: ", "),
                actual: String(value.prefix(64)))
        }
        isProgressOnly = !words.contains("all")
        hasLog = words.contains("log")
    }

    /// What is sent while a stream runs is read by nobody, and the client's going away would be behind it.
    static func refuseBody(of request: Request) throws(ScrivenerError) {
        let length = request.headers[.contentLength] ?? "0"
        guard length == "0", request.headers[.transferEncoding] == nil else {
            throw requestError(
                at: "Content-Length", "a stream of events is asked for without a body",
                limit: "0", actual: String(length.prefix(32)))
        }
    }
}
