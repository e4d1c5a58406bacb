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
    let position: Int
    let text: String

    static let maximumBytes = 64

    init(series: String, position: Int) {
        self.series = series
        self.position = position
        text = "\(series)-\(position)"
    }

    /// A place in no stream that there is.
    private init(unknown text: String) {
        series = ""
        position = 0
        self.text = String(text.prefix(Self.maximumBytes))
    }

    /// What a browser sends of itself when it connects again, which nobody could correct: what cannot be read
    /// is a place in another stream.
    init(lastEventID text: String) {
        do throws(ScrivenerError) {
            try self.init(text, at: "Last-Event-ID")
        } catch {
            self.init(unknown: text)
        }
    }

    /// - Parameter place: where the text stands in the request.
    init(_ text: some StringProtocol, at place: String) throws(ScrivenerError) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count <= Self.maximumBytes, parts.count == 2, !parts[0].isEmpty,
            parts[0].utf8.allSatisfy({ Self.isLetterOrDigit($0) }),
            parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let position = Int(parts[1])
        else {
            throw requestError(
                at: place, "must be the id of an event of this stream",
                limit: "as mk2x9f-417", actual: String(text.prefix(Self.maximumBytes)))
        }
        self.init(series: String(parts[0]), position: position)
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

/// The query of a stream of events, and where the client was before.
struct StreamQuery: Sendable, Equatable {
    /// Where it wants to go on: `since`, or the `Last-Event-ID` that a browser sends when it connects again,
    /// which is the later of the two.
    var cursor: StreamCursor?
    /// Without `all`: no events of tasks.
    var isProgressOnly = false
    /// With `log`: what agents say while they run.
    var hasLog = false

    init(_ request: Request) throws(ScrivenerError) {
        try Self.refuseBody(of: request)
        for (name, value) in request.uri.queryParameters {
            switch name {
            case "since": cursor = try StreamCursor(value, at: "?since")
            case "events": try choose(value)
            default:
                throw requestError(
                    at: "?\(name.prefix(64))", "there is no such parameter here",
                    limit: "since, events")
            }
        }
        guard let name = HTTPField.Name("Last-Event-ID"), let last = request.headers[name],
            !last.isEmpty
        else { return }
        cursor = StreamCursor(lastEventID: last)
    }

    private mutating func choose(_ words: Substring) throws(ScrivenerError) {
        let words = words.split(separator: ",", omittingEmptySubsequences: false)
        guard words.allSatisfy({ ["all", "progress", "log"].contains($0) }) else {
            throw requestError(
                at: "?events", "is not a choice of events",
                limit: "all, progress, log, or several with commas between",
                actual: String(words.joined(separator: ",").prefix(64)))
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
