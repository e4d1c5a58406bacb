// The key that a callback's messages are signed with, in the form of the Standard Webhooks
// specification: `whsec_` and the base64 of 24 to 64 bytes.

/// A callback's secret. Shows nothing of itself.
public struct CallbackSecret: Sendable, Equatable {
    /// How many bytes the key may have.
    public static let keyBytes = 24...64
    private static let prefix = "whsec_"

    /// As it stands in the plan.
    package let text: String

    /// The key in base64.
    package var base64: String { String(text.dropFirst(Self.prefix.count)) }

    public init(_ text: String) throws(CallbackDefect) {
        guard text.hasPrefix(Self.prefix),
            let count = Self.decodedCount(text.utf8.dropFirst(Self.prefix.utf8.count))
        else {
            throw CallbackDefect(
                "must be whsec_ and base64, such as whsec_$(openssl rand -base64 32)",
                limit: "whsec_ and base64")
        }
        guard Self.keyBytes.contains(count) else {
            throw CallbackDefect(
                "the key is too short or too long",
                limit: "\(Self.keyBytes.lowerBound)…\(Self.keyBytes.upperBound) bytes",
                actual: "\(count) bytes")
        }
        self.text = text
    }

    /// How many bytes base64 stands for (RFC 4648, section 4); `nil` where it is none.
    private static func decodedCount(_ bytes: some BidirectionalCollection<UInt8>) -> Int? {
        let padding = bytes.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard bytes.count % 4 == 0, padding <= 2,
            bytes.dropLast(padding).allSatisfy(isOfAlphabet)
        else { return nil }
        return bytes.count / 4 * 3 - padding
    }

    private static func isOfAlphabet(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

extension CallbackSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "whsec_…" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
