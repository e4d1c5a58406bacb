// Why bytes from the other side cannot be taken. Everything that a peer can get wrong ends here;
// nothing that it sends can reach a trap.

/// What is wrong with a message, where, what the limit is and what was there.
package enum WireError: Error, Sendable, Equatable {
    /// Not a protobuf message of this schema.
    case malformed
    /// The envelope holds no message that this software knows.
    case unknownMessage
    /// Larger or more than a limit of `WireLimits`.
    case tooLarge(field: String, limit: Int, actual: Int)
    /// A number outside its range.
    case outOfRange(field: String, allowed: String, actual: String)
    /// A text that has to say something is empty.
    case empty(field: String)
    /// Columns of one table differ in length.
    case columnsDiffer(field: String, expected: Int, actual: Int)
    /// The lengths of a batch do not add up to its arena.
    case lengthsDisagree(field: String, available: Int, claimed: Int)
    /// A place in a table that the table does not have.
    case indexOutsideTable(field: String, count: Int, actual: Int)
    /// Something that may be named once is named again.
    case repeated(field: String, value: String)
    case invalidUTF8(field: String)
    case invalidJSON(field: String, reason: String, offset: Int)

    /// A stable word for logs and metrics.
    package var code: String {
        switch self {
        case .malformed: "malformed"
        case .unknownMessage: "unknown_message"
        case .tooLarge: "too_large"
        case .outOfRange: "out_of_range"
        case .empty: "empty"
        case .columnsDiffer: "columns_differ"
        case .lengthsDisagree: "lengths_disagree"
        case .indexOutsideTable: "index_outside_table"
        case .repeated: "repeated"
        case .invalidUTF8: "invalid_utf8"
        case .invalidJSON: "invalid_json"
        }
    }

    /// Which field, as the schema names it, with its row in brackets where it has one; empty where
    /// the message could not be read that far.
    package var field: String {
        switch self {
        case .malformed, .unknownMessage: ""
        case .tooLarge(let field, _, _), .outOfRange(let field, _, _), .empty(let field),
            .columnsDiffer(let field, _, _), .lengthsDisagree(let field, _, _),
            .indexOutsideTable(let field, _, _), .invalidUTF8(let field),
            .repeated(let field, _), .invalidJSON(let field, _, _):
            field
        }
    }

    /// What would have been taken, where that can be said.
    package var limit: String? {
        switch self {
        case .malformed, .unknownMessage, .invalidUTF8, .invalidJSON: nil
        case .tooLarge(_, let limit, _): "\(limit)"
        case .outOfRange(_, let allowed, _): allowed
        case .empty: "not empty"
        case .repeated: "once"
        case .columnsDiffer(_, let expected, _): "\(expected)"
        case .lengthsDisagree(_, let available, _): "\(available)"
        case .indexOutsideTable(_, let count, _): "less than \(count)"
        }
    }

    /// What was there instead, where that can be said.
    package var actual: String? {
        switch self {
        case .malformed, .unknownMessage, .empty, .invalidUTF8: nil
        case .tooLarge(_, _, let actual), .columnsDiffer(_, _, let actual),
            .lengthsDisagree(_, _, let actual), .indexOutsideTable(_, _, let actual):
            "\(actual)"
        case .outOfRange(_, _, let actual): actual
        case .repeated(_, let value): value
        case .invalidJSON(_, let reason, let offset): "\(reason) at byte \(offset)"
        }
    }
}

extension WireError: CustomStringConvertible {
    package var description: String {
        var text = code
        if !field.isEmpty { text += " in \(field)" }
        if let limit { text += ", allowed \(limit)" }
        if let actual { text += ", got \(actual)" }
        return text
    }
}

/// Where in a message something stands. Becomes text only when there is an error to tell.
struct WireField: ExpressibleByStringLiteral {
    private let name: StaticString
    private let row: Int?

    init(stringLiteral name: StaticString) {
        self.name = name
        self.row = nil
    }

    init(_ name: StaticString, row: Int) {
        self.name = name
        self.row = row
    }

    var text: String { row.map { "\(name)[\($0)]" } ?? "\(name)" }
}
