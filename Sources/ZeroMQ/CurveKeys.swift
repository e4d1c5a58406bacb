// CURVE keys: 32 bytes, written as 40 characters of Z85 (ZeroMQ RFC 32). Public and secret keys
// are different types so that the one cannot be sent, logged, or configured in place of the other.

internal import CZeroMQ

/// The key that others may know.
package struct CurvePublicKey: Hashable, Sendable, CustomStringConvertible {
    /// 32 of them.
    package let bytes: [UInt8]

    /// - Throws: `invalidArgument` unless there are 32 bytes.
    package init(bytes: [UInt8]) throws(ZeroMQError) {
        guard bytes.count == Z85.keyByteCount else {
            throw ZeroMQError(.invalidArgument, .parseKey)
        }
        self.bytes = bytes
    }

    /// - Throws: `invalidArgument` unless `z85` is 40 characters of Z85.
    package init(z85: String) throws(ZeroMQError) { bytes = try Z85.decodeKey(z85) }

    package var z85: String { Z85.encodeKey(bytes) }

    package var description: String { z85 }
}

/// The key that nobody else may know. It never prints itself; ask for `revealedZ85`.
package struct CurveSecretKey: Sendable {
    fileprivate let bytes: [UInt8]

    /// - Throws: `invalidArgument` unless there are 32 bytes.
    package init(bytes: [UInt8]) throws(ZeroMQError) {
        guard bytes.count == Z85.keyByteCount else {
            throw ZeroMQError(.invalidArgument, .parseKey)
        }
        self.bytes = bytes
    }

    /// - Throws: `invalidArgument` unless `z85` is 40 characters of Z85.
    package init(z85: String) throws(ZeroMQError) { bytes = try Z85.decodeKey(z85) }

    /// The key itself, for the file that it is kept in. Never for a log.
    package var revealedZ85: String { Z85.encodeKey(bytes) }
}

extension CurveSecretKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<secret key>" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection()) }
}

/// A secret key and the public key that belongs to it.
package struct CurveKeyPair: Sendable {
    package let publicKey: CurvePublicKey
    package let secretKey: CurveSecretKey

    /// A new pair, from the system's randomness.
    ///
    /// - Throws: `unsupported` if libzmq was built without CURVE.
    package static func generate() throws(ZeroMQError) -> CurveKeyPair {
        var publicText = [CChar](repeating: 0, count: Z85.keyTextSize)
        var secretText = publicText
        let failure = ErrorNumber.of { zmq_curve_keypair(&publicText, &secretText) }
        guard failure == ErrorNumber.none else { throw ZeroMQError(errno: failure, .makeKey) }
        return CurveKeyPair(
            publicKey: try CurvePublicKey(z85: Z85.string(publicText)),
            secretKey: try CurveSecretKey(z85: Z85.string(secretText)))
    }

    /// The pair that a secret key is half of.
    ///
    /// - Throws: `unsupported` if libzmq was built without CURVE.
    package init(secretKey: CurveSecretKey) throws(ZeroMQError) {
        var publicText = [CChar](repeating: 0, count: Z85.keyTextSize)
        let failure = secretKey.revealedZ85.withCString { secretText in
            ErrorNumber.of { zmq_curve_public(&publicText, secretText) }
        }
        guard failure == ErrorNumber.none else { throw ZeroMQError(errno: failure, .makeKey) }
        self.init(
            publicKey: try CurvePublicKey(z85: Z85.string(publicText)), secretKey: secretKey)
    }

    private init(publicKey: CurvePublicKey, secretKey: CurveSecretKey) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }
}

extension CurvePublicKey: SocketOptionValue {
    package var optionBytes: [UInt8]? { bytes }
    package static var optionSize: Int { Z85.keyByteCount }
    package init?(optionBytes: [UInt8]) {
        guard let key = try? CurvePublicKey(bytes: optionBytes) else { return nil }
        self = key
    }
}

extension CurveSecretKey: SocketOptionValue {
    package var optionBytes: [UInt8]? { bytes }
    package static var optionSize: Int { Z85.keyByteCount }
    package init?(optionBytes: [UInt8]) {
        guard let key = try? CurveSecretKey(bytes: optionBytes) else { return nil }
        self = key
    }
}

/// libzmq's Z85, for keys only.
private enum Z85 {
    static let keyByteCount = 32
    static let keyCharacterCount = 40
    /// With the NUL at the end.
    static let keyTextSize = keyCharacterCount + 1

    static func encodeKey(_ bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: keyTextSize)
        zmq_z85_encode(&text, bytes, bytes.count)
        return string(text)
    }

    static func decodeKey(_ text: String) throws(ZeroMQError) -> [UInt8] {
        // The length first: libzmq writes as many bytes as the text asks for, and a text that is
        // cut short by a NUL is not what its writer meant.
        guard text.utf8.count == keyCharacterCount, !text.utf8.contains(0) else {
            throw ZeroMQError(.invalidArgument, .parseKey)
        }
        var bytes = [UInt8](repeating: 0, count: keyByteCount)
        let decoded = text.withCString { zmq_z85_decode(&bytes, $0) != nil }
        guard decoded else { throw ZeroMQError(.invalidArgument, .parseKey) }
        return bytes
    }

    static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
