// Counts the agents of a registration before protobuf makes values of them.
//
// An empty agent is two bytes on the wire and some seventy in memory: a frame of the permitted
// 8 MiB could ask for hundreds of megabytes before any limit was looked at. Every other repeated
// field is numbers or strings, which grow less than tenfold, or lies in a slice with a limit of its
// own. So this one field is counted first, in one pass over the frame's tags.

enum AgentCount {
    private static let register = 1
    private static let agents = 9

    /// Refuses a worker's frame with too many agents. What is no protobuf is left to the parser.
    static func check(_ frame: RawSpan, limit: Int) throws(WireError) {
        var count = 0
        var envelope = FieldWalker(0..<frame.byteCount)
        while let field = envelope.next(in: frame) {
            guard field.number == register, let contents = field.contents else { continue }
            var fields = FieldWalker(contents)
            while let inner = fields.next(in: frame) {
                if inner.number == agents { count += 1 }
            }
        }
        try Check.size(count, limit: limit, "agents")
    }
}

/// Walks over the fields of one message without reading them; ends early where it is malformed.
private struct FieldWalker {
    struct Field {
        var number: Int
        /// Where its bytes lie, for a field that has a length.
        var contents: Range<Int>?
    }

    private var position: Int
    private let end: Int

    init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    mutating func next(in bytes: RawSpan) -> Field? {
        guard let tag = varint(in: bytes) else { return nil }
        let number = Int(clamping: tag >> 3)
        switch tag & 7 {
        case 0: return varint(in: bytes).map { _ in Field(number: number) }
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

    private mutating func varint(in bytes: RawSpan) -> UInt64? {
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
