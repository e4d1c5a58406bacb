// What a reader of JSON says of the bytes that it meets.

/// Why bytes are not JSON, and where.
public struct JSONError: Error, Sendable, Equatable {
    public enum Reason: String, Sendable {
        case unexpectedEnd = "the text ends in the middle of a value"
        case unexpectedByte = "unexpected character"
        case invalidEscape = "invalid escape in a string"
        case invalidUTF8 = "invalid UTF-8 in a string"
        case controlCharacter = "a control character in a string must be escaped"
        case invalidNumber = "not a JSON number"
        case tooDeep = "nested too deeply"
        case trailingBytes = "text follows the value"
    }
    public var reason: Reason
    /// Offset of the first byte that does not fit, from 0.
    public var offset: Int
}

/// What kind of value comes next.
public enum JSONKind: Sendable, Equatable {
    case object, array, string, number, bool, null

    /// With its article, for error messages.
    public var described: String {
        switch self {
        case .object: "an object"
        case .array: "an array"
        case .string: "a string"
        case .number: "a number"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}
