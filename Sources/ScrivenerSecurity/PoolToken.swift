// The token by which the replicas of a pool enrol. It is made once, goes into a file that each replica can read,
// and the coordinator keeps only its hash.

package import ScrivenerModel

/// A pool's token. It never prints itself.
package struct PoolToken: Sendable {
    /// Says what it is, to people and to programs that look for secrets in the wrong places.
    private static let prefix = "scrivener-pool-"
    private static let randomBytes = 32
    package static let maximumBytes = 256

    private let bytes: [UInt8]

    /// A new one, of 256 random bits.
    package static func generate() -> PoolToken {
        // The system's own generator, which is made for secrets.
        var generator = SystemRandomNumberGenerator()
        let random = (0..<randomBytes).map { _ in
            Hexadecimal.text(UInt8.random(in: .min ... .max, using: &generator))
        }
        return PoolToken(bytes: Array((prefix + random.joined()).utf8))
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    /// Reads a file with nothing but a token in it.
    ///
    /// - Parameter path: as `SecretFile` takes it.
    /// - Throws: `configuration_invalid`, without what the file has in it.
    package static func read(_ path: String) throws(ScrivenerError) -> PoolToken {
        let bytes = try SecretFile.read(path, maximumBytes: 4 * maximumBytes)
        let text = KeyText.trimmed(bytes)
        guard (1...maximumBytes).contains(text.count),
            text.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw KeyText.error(
                path, "is not a token, which is one line of visible ASCII characters",
                limit: "1…\(maximumBytes) bytes", actual: "\(text.count) bytes")
        }
        return PoolToken(bytes: text)
    }

    package var digest: TokenDigest { TokenDigest(of: bytes) }

    /// The token itself, for its file and for the wire. Never for a log.
    package var revealedBytes: [UInt8] { bytes }
}

extension PoolToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<pool token>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}
