// What is kept of a token: its SHA-256. A token is 256 random bits, so that nobody can try out all of them, and a
// hash that takes long on purpose, as passwords need one, would protect nothing more (OWASP, "Password Storage
// Cheat Sheet", on when to use fast hashes); each request has to pay for it.

import Crypto
import Foundation

/// The hash of a token, as the coordinator's files have it. Comparing two takes as long whatever they are.
package struct TokenDigest: Sendable, Hashable {
    private let words: SIMD4<UInt64>

    /// - Parameter token: as its file has it.
    package init(of token: some Sequence<UInt8>) {
        self.init(bytes: Array(SHA256.hash(data: Array(token))))
    }

    /// - Returns: `nil` unless it is 64 hexadecimal digits, in lower case.
    package init?(_ text: some StringProtocol) {
        let values = text.utf8.compactMap(Hexadecimal.value)
        guard text.utf8.count == 64, values.count == 64 else { return nil }
        self.init(
            bytes: stride(from: 0, to: 64, by: 2).map { values[$0] << 4 | values[$0 + 1] })
    }

    private init(bytes: [UInt8]) {
        var words = SIMD4<UInt64>()
        for (index, byte) in bytes.enumerated() {
            words[index / 8] = words[index / 8] << 8 | UInt64(byte)
        }
        self.words = words
    }

    /// 64 hexadecimal digits, as `sha256sum` prints them.
    package var text: String {
        (0..<32).map { index in
            let word = words[index / 8]
            return Hexadecimal.text(UInt8(truncatingIfNeeded: word >> (56 - 8 * (index % 8))))
        }.joined()
    }

    /// The beginning, for people: enough to tell tokens apart.
    package var short: String { String(text.prefix(8)) }

    package static func == (left: TokenDigest, right: TokenDigest) -> Bool {
        let difference = left.words ^ right.words
        return difference[0] | difference[1] | difference[2] | difference[3] == 0
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(words) }
}

enum Hexadecimal {
    static let digits = Array("0123456789abcdef".utf8)

    static func text(_ byte: UInt8) -> String {
        String(
            decoding: [digits[Int(byte >> 4)], digits[Int(byte & 0xF)]], as: UTF8.self)
    }

    static func value(_ digit: UInt8) -> UInt8? {
        digits.firstIndex(of: digit).map { UInt8($0) }
    }
}
