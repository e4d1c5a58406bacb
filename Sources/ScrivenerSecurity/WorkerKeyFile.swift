// The files that a worker is given: its own secret key, and the coordinator's public ones.

import Foundation
package import ScrivenerModel
package import ZeroMQ

/// A file with one secret key in it.
package enum WorkerKeyFile {
    /// - Parameter path: as `SecretFile` takes it.
    /// - Throws: `configuration_invalid`, without what the file has in it.
    package static func read(_ path: String) throws(ScrivenerError) -> CurveKeyPair {
        let bytes = try SecretFile.read(path, maximumBytes: KeyFolder.maximumSecretBytes)
        let lines = KeyText.keyLines(bytes)
        guard lines.count == 1, let secret = try? CurveSecretKey(z85: lines[0]) else {
            throw KeyText.error(
                path, "has no secret key in it", limit: "one line of 40 characters of Z85",
                actual: "\(lines.count) lines")
        }
        return try Self.pair(of: secret)
    }

    /// - Parameter purpose: whose key it is, as a comment.
    package static func bytes(of key: CurveSecretKey, for purpose: String) -> [UInt8] {
        Array(
            "# A secret key of Agent Scrivener: \(purpose). Nobody else may have it.\n\(key.revealedZ85)\n"
                .utf8)
    }

    /// A new pair.
    package static func generate() throws(ScrivenerError) -> CurveKeyPair {
        do throws(ZeroMQError) {
            return try CurveKeyPair.generate()
        } catch { throw noCurve(error) }
    }

    private static func pair(of secret: CurveSecretKey) throws(ScrivenerError) -> CurveKeyPair {
        do throws(ZeroMQError) {
            return try CurveKeyPair(secretKey: secret)
        } catch { throw noCurve(error) }
    }

    private static func noCurve(_ error: ZeroMQError) -> ScrivenerError {
        ScrivenerError(
            .configurationInvalid, "this libzmq cannot encrypt connections (\(error))")
    }
}

/// A file with the coordinator's public keys in it: one, or two while it is being changed.
package enum CoordinatorKeyFile {
    private static let counts = 1...4

    /// - Throws: `configuration_invalid`.
    package static func read(_ path: String) throws(ScrivenerError) -> [CurvePublicKey] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw KeyText.error(path, "cannot be read")
        }
        let lines = KeyText.keyLines(Array(data.prefix(4 * KeyFolder.maximumSecretBytes)))
        let keys = lines.compactMap { try? CurvePublicKey(z85: $0) }
        guard counts.contains(keys.count), keys.count == lines.count else {
            throw KeyText.error(
                path, "has no public key of a coordinator in it",
                limit: "1…4 lines of 40 characters of Z85", actual: "\(lines.count) lines")
        }
        return keys
    }

    /// - Parameter keys: the present one first.
    static func bytes(of keys: [CurvePublicKey]) -> [UInt8] {
        let comment = "# The public key of an Agent Scrivener coordinator, for its workers.\n"
        return Array((comment + keys.map { $0.z85 + "\n" }.joined()).utf8)
    }
}
