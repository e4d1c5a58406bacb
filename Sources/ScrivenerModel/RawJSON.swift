// Parameters and results are opaque to everything but agents: they travel as the bytes that they
// came in. `RawJSON` names such bytes, and lets them stand inside a document that is encoded with
// any `Encoder`.

/// The UTF-8 bytes of one JSON value.
public struct RawJSON: Sendable, Equatable, Hashable {
    public var bytes: [UInt8]

    /// Takes the bytes as they are. They are checked where they enter (`JSONReader.validate`).
    public init(_ bytes: [UInt8]) { self.bytes = bytes }

    public init(_ text: String) { self.bytes = Array(text.utf8) }

    public static let null = RawJSON("null")
    public static let emptyObject = RawJSON("{}")

    /// The text, with invalid UTF-8 repaired.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The value that the bytes spell.
    ///
    /// - Throws: `JSONError` where the bytes are not one JSON value.
    public func value() throws(JSONError) -> JSONValue {
        var reader = JSONReader(bytes)
        return try reader.readDocument()
    }

    public init(_ value: JSONValue) {
        var writer = JSONWriter()
        writer.write(value)
        self.bytes = writer.bytes
    }
}

extension RawJSON: Codable {
    public init(from decoder: any Decoder) throws {
        self.init(try JSONValue(from: decoder))
    }

    /// Embeds the value that the bytes spell, not a string of them.
    public func encode(to encoder: any Encoder) throws {
        try value().encode(to: encoder)
    }
}
