// Protobuf's encoding by hand, for the messages that there are as many of as tasks. What is told of a
// message is told twice, first to a `ProtobufSize` and then to a `ProtobufBytes`: one allocation of the
// right size, and no values in between.
//
// The encoding is that of https://protobuf.dev/programming-guides/encoding/: the bytes are those that
// SwiftProtobuf makes of the same message.

/// Takes a message's fields, in ascending order of their numbers.
protocol ProtobufSink {
    /// A number; nothing when it is zero.
    mutating func number(_ value: Int64, _ field: Int)
    /// A packed column; nothing when it is empty.
    mutating func column<Value: FixedWidthInteger & SignedInteger>(_ values: [Value], _ field: Int)
    /// A field of bytes, or a message within: its length, and what follows.
    mutating func begin(_ field: Int, byteCount: Int)
    mutating func bytes(_ bytes: UnsafeRawBufferPointer)
}

extension ProtobufSink {
    mutating func text(_ text: String) {
        var text = text
        text.withUTF8 { bytes(UnsafeRawBufferPointer($0)) }
    }

    /// A field for each text, empty or not.
    mutating func texts(_ texts: [String], _ field: Int) {
        for text in texts {
            begin(field, byteCount: text.utf8.count)
            self.text(text)
        }
    }

    mutating func bytes(_ array: [UInt8]) {
        array.withUnsafeBytes { bytes($0) }
    }
}

/// How many bytes fields take.
struct ProtobufSize: ProtobufSink {
    private(set) var byteCount = 0

    mutating func number(_ value: Int64, _ field: Int) {
        guard value != 0 else { return }
        byteCount += Self.varint(Self.key(field, .varint)) + Self.varint(value)
    }

    mutating func column<Value: FixedWidthInteger & SignedInteger>(
        _ values: [Value], _ field: Int
    ) {
        guard !values.isEmpty else { return }
        let count = Self.packed(values)
        begin(field, byteCount: count)
        byteCount += count
    }

    mutating func begin(_ field: Int, byteCount count: Int) {
        byteCount += Self.varint(Self.key(field, .lengthDelimited)) + Self.varint(Int64(count))
    }

    mutating func bytes(_ bytes: UnsafeRawBufferPointer) { byteCount += bytes.count }

    /// How a field's value is encoded.
    enum WireType: Int64 {
        case varint = 0
        case lengthDelimited = 2
    }

    static func key(_ field: Int, _ type: WireType) -> Int64 { Int64(field) << 3 | type.rawValue }

    /// Seven bits a byte.
    @inline(__always)
    static func varint(_ value: Int64) -> Int {
        let bits = 64 - (UInt64(bitPattern: value) | 1).leadingZeroBitCount
        return (bits + 6) / 7
    }

    static func packed<Value: FixedWidthInteger & SignedInteger>(_ values: [Value]) -> Int {
        values.reduce(0) { $0 &+ varint(Int64($1)) }
    }
}

/// Writes fields into memory that has room for them.
struct ProtobufBytes: ProtobufSink {
    private let start: UnsafeMutableRawPointer
    private let capacity: Int
    private(set) var byteCount = 0

    init(_ memory: UnsafeMutableRawBufferPointer) {
        start = memory.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 1).unsafelyUnwrapped
        capacity = memory.count
    }

    mutating func number(_ value: Int64, _ field: Int) {
        guard value != 0 else { return }
        varint(ProtobufSize.key(field, .varint))
        varint(value)
    }

    mutating func column<Value: FixedWidthInteger & SignedInteger>(
        _ values: [Value], _ field: Int
    ) {
        guard !values.isEmpty else { return }
        begin(field, byteCount: ProtobufSize.packed(values))
        for value in values { varint(Int64(value)) }
    }

    mutating func begin(_ field: Int, byteCount count: Int) {
        varint(ProtobufSize.key(field, .lengthDelimited))
        varint(Int64(count))
    }

    mutating func bytes(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= capacity - byteCount, "a message is longer than it was")
        guard let source = bytes.baseAddress else { return }
        (start + byteCount).copyMemory(from: source, byteCount: bytes.count)
        byteCount += bytes.count
    }

    @inline(__always)
    private mutating func varint(_ value: Int64) {
        var rest = UInt64(bitPattern: value)
        while rest > 0x7F {
            byte(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        byte(UInt8(truncatingIfNeeded: rest))
    }

    @inline(__always)
    private mutating func byte(_ value: UInt8) {
        precondition(byteCount < capacity, "a message is longer than it was")
        start.storeBytes(of: value, toByteOffset: byteCount, as: UInt8.self)
        byteCount &+= 1
    }
}
