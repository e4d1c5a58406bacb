// The tokens of the HTTP API. The form is GitHub's ("Behind GitHub's new authentication token formats",
// 2021): a prefix by which scanners of repositories and logs recognise a token that has leaked, and a
// checksum by which they tell it from a text that only looks like one, without asking anybody.

import CZlib

/// A secret that opens the API.
package struct APIToken: Sendable {
    package static let prefix = "scr_"
    /// How many characters a token has.
    package static let length = prefix.utf8.count + secretLength + checksumLength

    private static let alphabet = Array(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    /// 43 characters of 62 are 256.03 bits.
    private static let secretLength = 43
    /// 6 characters of 62 hold 32 bits.
    private static let checksumLength = 6

    /// The token itself: for whoever it is made for, and nobody else.
    package let text: String

    /// A new one.
    package static func random() -> APIToken {
        var generator = SystemRandomNumberGenerator()
        var bytes = Array(prefix.utf8)
        for _ in 0..<secretLength {
            bytes.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
        }
        return APIToken(checked: bytes + checksum(of: bytes))
    }

    /// Takes a text that can be a token. Whether it is one that opens something is another question.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8.prefix(Self.length + 1))
        guard bytes.count == Self.length, bytes.starts(with: Self.prefix.utf8) else { return nil }
        let body = bytes.dropLast(Self.checksumLength)
        guard body.dropFirst(Self.prefix.utf8.count).allSatisfy(Self.alphabet.contains),
            Self.checksum(of: Array(body)).elementsEqual(bytes.suffix(Self.checksumLength))
        else { return nil }
        self.init(checked: bytes)
    }

    private init(checked bytes: [UInt8]) { text = String(decoding: bytes, as: UTF8.self) }

    /// What is kept of it.
    package var hash: TokenDigest { TokenDigest(of: text.utf8) }

    private static func checksum(of bytes: [UInt8]) -> [UInt8] {
        var rest = bytes.withUnsafeBufferPointer {
            UInt(crc32(0, $0.baseAddress, uInt($0.count)))
        }
        var digits: [UInt8] = []
        for _ in 0..<checksumLength {
            digits.append(alphabet[Int(rest % UInt(alphabet.count))])
            rest /= UInt(alphabet.count)
        }
        return digits.reversed()
    }
}

/// A token that gets into a log or an error by mistake says nothing there.
extension APIToken: CustomStringConvertible, CustomReflectable {
    package var description: String { "(a token)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
