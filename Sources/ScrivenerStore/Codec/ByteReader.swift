// Reads what `ByteWriter` wrote. A checksum stands before it, but a checksum is made by whoever
// wrote the bytes, so nothing here trusts them: every read is bounded, every count is held against
// the bytes that are left before anything is allocated for it, and arithmetic wraps or is checked.

/// Why bytes are not what a codec wrote.
package struct JournalDecodingError: Error, Sendable, Equatable {
    package enum Cause: Sendable, Equatable {
        /// The bytes end before the value does.
        case truncated
        /// A number does not fit its type, or is written longer than need be.
        case number
        /// A count that the bytes which are left cannot hold.
        case count
        /// Not UTF-8.
        case text
        /// A format that this software does not know.
        case format(UInt8)
        /// A number that stands for no case of the named enumeration.
        case unknownCase(of: String, UInt64)
        /// Columns that do not fit together.
        case inconsistent(String)
        /// Bytes are left over after the last value.
        case trailingBytes
    }

    package var cause: Cause
    /// Where in the bytes, from their start.
    package var offset: Int

    package init(_ cause: Cause, at offset: Int) {
        self.cause = cause
        self.offset = offset
    }
}

extension JournalDecodingError: CustomStringConvertible {
    package var description: String {
        let what =
            switch cause {
            case .truncated: "ends too early"
            case .number: "number out of range"
            case .count: "count beyond the bytes that are left"
            case .text: "not UTF-8"
            case .format(let format): "format \(format) is unknown"
            case .unknownCase(let name, let value): "\(value) is no \(name)"
            case .inconsistent(let what): what
            case .trailingBytes: "bytes left over"
            }
        return "\(what) at byte \(offset)"
    }
}

/// Takes values from bytes that it does not own.
///
/// The bytes are read where SQLite holds them, which is why this is an unsafe buffer and not an
/// array: they have to outlive the reader, which the closures that make one see to. All access
/// goes through `take`, which is the only place that has to get the bounds right.
package struct ByteReader {
    private let bytes: UnsafeRawBufferPointer
    package private(set) var offset = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Lends the bytes of an array to a reader.
    package static func read<Value>(
        _ bytes: [UInt8],
        _ body: (inout ByteReader) throws(JournalDecodingError) -> Value
    ) throws(JournalDecodingError) -> Value {
        // The standard library's `withUnsafeBytes` does not pass typed errors on.
        let result = bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            return Result { () throws(JournalDecodingError) in try body(&reader) }
        }
        return try result.get()
    }

    package var remaining: Int { bytes.count - offset }

    package mutating func take(
        _ count: Int
    ) throws(JournalDecodingError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= remaining else { throw error(.truncated) }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }

    package func error(_ cause: JournalDecodingError.Cause) -> JournalDecodingError {
        JournalDecodingError(cause, at: offset)
    }

    /// Call it last: whatever is left over was not written by the same codec.
    package func finish() throws(JournalDecodingError) {
        guard remaining == 0 else { throw error(.trailingBytes) }
    }

    package mutating func byte() throws(JournalDecodingError) -> UInt8 {
        try take(1)[0]
    }

    package mutating func varint() throws(JournalDecodingError) -> UInt64 {
        var value: UInt64 = 0
        for shift: UInt64 in stride(from: 0, to: 64, by: 7) {
            let next = try byte()
            value |= UInt64(next & 0x7F) << shift
            guard next & 0x80 == 0 else { continue }
            // The tenth byte has one bit to give, and a last byte of zero gives nothing.
            guard shift < 63 || next == 1, shift == 0 || next != 0 else { throw error(.number) }
            return value
        }
        throw error(.number)
    }

    package mutating func signed() throws(JournalDecodingError) -> Int64 {
        let folded = try varint()
        return Int64(bitPattern: (folded >> 1) ^ (0 &- (folded & 1)))
    }

    package mutating func integer<Value: FixedWidthInteger & SignedInteger>(
        _: Value.Type = Value.self
    ) throws(JournalDecodingError) -> Value {
        guard let value = Value(exactly: try signed()) else { throw error(.number) }
        return value
    }

    package mutating func unsigned32() throws(JournalDecodingError) -> UInt32 {
        guard let value = UInt32(exactly: try varint()) else { throw error(.number) }
        return value
    }

    /// A count of things of which each takes one byte or more.
    package mutating func count() throws(JournalDecodingError) -> Int {
        let value = try varint()
        guard value <= UInt64(remaining) else { throw error(.count) }
        return Int(value)
    }

    package mutating func fixed64() throws(JournalDecodingError) -> UInt64 {
        UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))
    }

    package mutating func double() throws(JournalDecodingError) -> Double {
        Double(bitPattern: try fixed64())
    }

    package mutating func flag() throws(JournalDecodingError) -> Bool {
        let value = try byte()
        guard value <= 1 else { throw error(.unknownCase(of: "flag", UInt64(value))) }
        return value == 1
    }

    package mutating func lengthAndBytes() throws(JournalDecodingError) -> [UInt8] {
        let length = try count()
        return Array(try take(length))
    }

    package mutating func string() throws(JournalDecodingError) -> String {
        let length = try count()
        return try text(length)
    }

    package mutating func optionalString() throws(JournalDecodingError) -> String? {
        try flag() ? try string() : nil
    }

    private mutating func text(_ length: Int) throws(JournalDecodingError) -> String {
        guard let text = String(validating: try take(length), as: UTF8.self) else {
            throw error(.text)
        }
        return text
    }
}

/// Columns of `count` values, as `ByteWriter` writes them.
extension ByteReader {
    /// Every value of a column takes a byte or more, so a count beyond what is left is a lie.
    private func check(_ count: Int) throws(JournalDecodingError) {
        guard count >= 0, count <= remaining else { throw error(.count) }
    }

    package mutating func byteColumn(_ count: Int) throws(JournalDecodingError) -> [UInt8] {
        try check(count)
        return Array(try take(count))
    }

    package mutating func unsignedColumn(_ count: Int) throws(JournalDecodingError) -> [UInt32] {
        try check(count)
        var values: [UInt32] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try unsigned32()) }
        return values
    }

    package mutating func signedColumn<Value: FixedWidthInteger & SignedInteger>(
        _ count: Int, of _: Value.Type = Value.self
    ) throws(JournalDecodingError) -> [Value] {
        try check(count)
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try integer()) }
        return values
    }

    package mutating func deltaColumn<Value: FixedWidthInteger & SignedInteger>(
        _ count: Int, of _: Value.Type = Value.self
    ) throws(JournalDecodingError) -> [Value] {
        try check(count)
        var values: [Value] = []
        values.reserveCapacity(count)
        var last: Int64 = 0
        for _ in 0..<count {
            last &+= try signed()
            guard let value = Value(exactly: last) else { throw error(.number) }
            values.append(value)
        }
        return values
    }

    package mutating func stringColumn(_ count: Int) throws(JournalDecodingError) -> [String] {
        let lengths = try unsignedColumn(count)
        var values: [String] = []
        values.reserveCapacity(count)
        for length in lengths { values.append(try text(Int(length))) }
        return values
    }
}
