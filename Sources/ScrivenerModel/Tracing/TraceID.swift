// The id of a trace: 16 bytes, and their text.

/// The id of a trace. Never 0.
public struct TraceID: Sendable, Hashable, CustomStringConvertible {
    public let high: UInt64
    public let low: UInt64

    /// `nil` when both are 0.
    public init?(high: UInt64, low: UInt64) {
        guard high | low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// - Parameter bytes: 32 of them.
    init?(lowerHex bytes: ArraySlice<UInt8>) {
        let middle = bytes.startIndex + 16
        guard bytes.count == 32, let high = UInt64(lowerHex: bytes[..<middle]),
            let low = UInt64(lowerHex: bytes[middle...])
        else { return nil }
        self.init(high: high, low: low)
    }

    /// 32 digits.
    public var description: String { high.lowerHex + low.lowerHex }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// Reads hexadecimal digits, as many as the type has. Capital ones are none.
    init?(lowerHex digits: ArraySlice<UInt8>) {
        guard digits.count == Self.bitWidth / 4 else { return nil }
        var value: Self = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value << 4 | Self(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | Self(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        self = value
    }

    /// As many digits as the type has, in lower case.
    public var lowerHex: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: Self.bitWidth / 4 - digits.count) + digits
    }
}
