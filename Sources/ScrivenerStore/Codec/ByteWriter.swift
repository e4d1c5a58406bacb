// What the journal keeps is mostly small numbers that differ little from their neighbours, so it is
// written as columns of differences in variable-length integers: LEB128 as in DWARF and protocol
// buffers, signed values folded by zig-zag. An attempt's dispatch takes about six bytes so.

/// Appends values to a byte string. `ByteReader` reads them back in the same order.
package struct ByteWriter {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func byte(_ value: UInt8) {
        bytes.append(value)
    }

    /// LEB128: 1 byte below 128, 10 at most.
    package mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A count of things that follow. Counts are never negative.
    package mutating func count(_ value: Int) {
        varint(UInt64(value))
    }

    /// Zig-zag: small magnitudes of either sign are short.
    package mutating func signed(_ value: Int64) {
        varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// 8 bytes, little-endian.
    package mutating func fixed64(_ value: UInt64) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    package mutating func double(_ value: Double) {
        fixed64(value.bitPattern)
    }

    package mutating func flag(_ value: Bool) {
        byte(value ? 1 : 0)
    }

    /// The length, then the bytes.
    package mutating func lengthAndBytes(_ value: [UInt8]) {
        count(value.count)
        bytes.append(contentsOf: value)
    }

    /// The length in bytes, then UTF-8.
    package mutating func string(_ value: String) {
        let text = value.utf8
        count(text.count)
        bytes.append(contentsOf: text)
    }

    /// A flag, then the string if there is one.
    package mutating func string(_ value: String?) {
        flag(value != nil)
        if let value { string(value) }
    }
}

/// Columns. None of them writes its count: columns of one table share one.
extension ByteWriter {
    package mutating func byteColumn(_ values: some Sequence<UInt8>) {
        bytes.append(contentsOf: values)
    }

    package mutating func unsignedColumn(_ values: some Sequence<UInt32>) {
        for value in values { varint(UInt64(value)) }
    }

    package mutating func signedColumn(_ values: some Sequence<Int64>) {
        for value in values { signed(value) }
    }

    package mutating func signedColumn(_ values: some Sequence<Int32>) {
        for value in values { signed(Int64(value)) }
    }

    /// Differences from the value before, the first from zero. Wraps around at the ends of the
    /// range, as the reader does.
    package mutating func deltaColumn(_ values: some Sequence<Int64>) {
        var last: Int64 = 0
        for value in values {
            signed(value &- last)
            last = value
        }
    }

    package mutating func deltaColumn(_ values: some Sequence<Int32>) {
        var last: Int64 = 0
        for value in values {
            signed(Int64(value) - last)
            last = Int64(value)
        }
    }

    package mutating func stringColumn(_ values: some Collection<String>) {
        for value in values { count(value.utf8.count) }
        for value in values { bytes.append(contentsOf: value.utf8) }
    }
}
