// Protobuf's framing: fields one after the other, each with its number and its kind.

/// Walks over the fields of one message without reading them; ends early where it is malformed.
struct FieldWalker {
    struct Field {
        var number: Int
        /// What it says, for a field that is a varint.
        var value: UInt64?
        /// Where its bytes lie, for a field that has a length.
        var contents: Range<Int>?
    }

    private var position: Int
    private let end: Int

    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    /// Whether everything was walked over.
    var isAtEnd: Bool { position == end }

    mutating func next(in bytes: RawSpan) -> Field? {
        guard let tag = varint(in: bytes) else { return nil }
        let number = Int(clamping: tag >> 3)
        switch tag & 7 {
        case 0: return varint(in: bytes).map { Field(number: number, value: $0) }
        case 1: return skip(8).map { _ in Field(number: number) }
        case 2:
            guard let length = varint(in: bytes), let contents = skip(length) else { return nil }
            return Field(number: number, contents: contents)
        // Groups have no length: what is inside is walked over like fields of this message.
        case 3, 4: return Field(number: number)
        case 5: return skip(4).map { _ in Field(number: number) }
        default: return nil
        }
    }

    private mutating func skip(_ length: UInt64) -> Range<Int>? {
        guard length <= UInt64(end - position) else { return nil }
        let start = position
        position += Int(length)
        return start..<position
    }

    /// The next number, of a field or of a packed column.
    mutating func varint(in bytes: RawSpan) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 64 {
            let byte = bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self)
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            guard byte >= 0x80 else { return value }
            shift += 7
        }
        return nil
    }
}
