// What a program says of itself while it runs: lines of JSON on its standard error, among what it says to people.
//
// Why there: standard output is the result, which may be JSON over many lines, and it is where libraries print
// what nobody asked for; a further descriptor is closed by many a runtime that starts another program, and by
// sandboxes. Standard error is there in every language, is not held back in a buffer, and stays in order with
// what else is said. A line that is no report is for people, whatever it looks like.

import ScrivenerAgentKit
import ScrivenerModel

/// What a program reports.
enum ExecReport: Equatable {
    case progress(Double, message: String)
    /// One JSON value.
    case checkpoint([UInt8])

    /// `nil` for a line that is for people: an object with other members is one that a library logs.
    init?(_ line: [UInt8]) {
        guard let members = try? RawJSON(line).members() else { return nil }
        if let checkpoint = members["checkpoint"], members.count == 1 {
            self = .checkpoint(checkpoint.bytes)
            return
        }
        guard let progress = members["progress"],
            members.count == (members["message"] == nil ? 1 : 2),
            let fraction = try? progress.value().doubleValue,
            let message = try? (members["message"] ?? RawJSON("\"\"")).value().stringValue
        else { return nil }
        self = .progress(fraction, message: message)
    }

    func pass(to context: AgentContext) {
        switch self {
        case .progress(let fraction, let message): context.progress(fraction, message)
        case .checkpoint(let bytes):
            // No line is longer than checkpoints may be.
            try? context.checkpoint(bytes)
        }
    }
}
