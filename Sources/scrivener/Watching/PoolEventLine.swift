// An event of the pool as a line for people.

import ScrivenerModel

enum PoolEventLine {
    /// - Returns: `nil` where there is nothing to read in it.
    static func text(of name: String, _ data: JSONValue) -> String? {
        func word(_ key: String) -> String { data[key]?.stringValue ?? "" }
        switch name {
        case "snapshot":
            let sessions = data["sessions"]?.arrayValue ?? []
            let open = sessions.count { $0["ended_at"]?.stringValue == nil }
            let workers = (data["workers"]?.arrayValue ?? [])
                .count { $0["state"]?.stringValue != "lost" }
            return "the pool: \(counted(open, "open session")), \(counted(workers, "worker"))"
        case "reset": return "what happened behind \(word("cursor")) is not known"
        case "session":
            return "\(word("at"))  session \(word("session_id"))  \(word("change"))"
                + (word("change") == "ended" ? ending(of: data["session"]) : "")
        case "worker": return "\(word("at"))  worker \(word("worker_id"))  \(word("change"))"
        default: return nil
        }
    }

    private static func counted(_ count: Int, _ what: String) -> String {
        "\(count) \(what)\(count == 1 ? "" : "s")"
    }

    /// How a session ended, and why where that is not plain success.
    private static func ending(of session: JSONValue?) -> String {
        guard let session, session["ended_at"]?.stringValue != nil,
            let state = session["session_state"]?.stringValue
        else { return "" }
        return " as \(state)" + (session["reason"]?.stringValue.map { ": \($0)" } ?? "")
    }
}
