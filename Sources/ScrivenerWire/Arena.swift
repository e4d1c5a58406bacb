// The one `bytes` field that holds all strings and payloads of a batch, back to back, and the
// columns of lengths that cut it up again.
//
// One allocation a batch instead of several an item is what makes a dispatch cheap. The reader
// trusts no length: each is compared with what is left before a byte is touched.

import ScrivenerModel

/// Gathers strings and payloads.
struct ArenaWriter {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ text: String) -> Int32 {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        return Int32(clamping: bytes.count - start)
    }

    mutating func append(_ part: [UInt8]) -> Int32 {
        bytes.append(contentsOf: part)
        return Int32(clamping: part.count)
    }

    /// Writes nothing where the value is the one that a zero length stands for.
    mutating func append(_ json: RawJSON, unless absent: RawJSON) -> Int32 {
        json == absent ? 0 : append(json.bytes)
    }
}

/// Cuts strings and payloads off an arena, in order.
struct ArenaReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func text(
        _ length: Int32, limit: Int, _ field: WireField
    ) throws(WireError) -> String {
        guard length != 0 else { return "" }
        let part = bytes[try take(length, limit: limit, field)]
        // Nearly all of them are ASCII, and nothing has to be looked up for that.
        if part.allSatisfy({ $0 < 0x80 }) { return String(decoding: part, as: UTF8.self) }
        guard let text = String(validating: part, as: UTF8.self) else {
            throw .invalidUTF8(field: field.text)
        }
        return text
    }

    mutating func name(
        _ length: Int32, limit: Int, _ field: WireField
    ) throws(WireError) -> String {
        guard length != 0 else { throw .empty(field: field.text) }
        return try text(length, limit: limit, field)
    }

    mutating func part(
        _ length: Int32, limit: Int, _ field: WireField
    ) throws(WireError) -> [UInt8] {
        Array(bytes[try take(length, limit: limit, field)])
    }

    /// One JSON value, checked. A zero length stands for `absent`.
    mutating func json(
        _ length: Int32, absent: RawJSON, limit: Int, _ field: WireField
    ) throws(WireError) -> RawJSON {
        guard length != 0 else { return absent }
        let json = RawJSON(try part(length, limit: limit, field))
        try Check.json(json, limit: limit, field)
        return json
    }

    /// Demands that the lengths used up the arena.
    func finish(_ field: WireField) throws(WireError) {
        guard position == bytes.count else {
            throw .lengthsDisagree(field: field.text, available: bytes.count, claimed: position)
        }
    }

    private mutating func take(
        _ length: Int32, limit: Int, _ field: WireField
    ) throws(WireError) -> Range<Int> {
        try Check.natural(length, field)
        try Check.size(Int(length), limit: limit, field)
        let available = bytes.count - position
        guard Int(length) <= available else {
            throw .lengthsDisagree(
                field: field.text, available: available, claimed: Int(length))
        }
        let start = position
        position += Int(length)
        return start..<position
    }
}
