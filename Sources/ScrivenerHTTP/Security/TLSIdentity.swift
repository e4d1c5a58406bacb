// The certificate that HTTP is served with over TLS, and its key. A certificate is renewed every few weeks; the
// files are looked at now and then, and connections that are opened after a change get the new one.

import NIOCore
import NIOSSL
package import ScrivenerModel
import ScrivenerSecurity
import Synchronization

/// Who the coordinator is, over TLS. From any thread.
package final class TLSIdentity: Sendable {
    private struct Credentials: Sendable {
        var chain: [NIOSSLCertificate]
        var key: NIOSSLPrivateKey
    }

    private struct State: Sendable {
        var credentials: Credentials
        var watch: FileWatch
    }

    private static let maximumKeyBytes = 64 << 10

    private let certificate: String
    private let key: String
    private let state: Mutex<State>

    /// - Parameters:
    ///   - certificate: a file in PEM: the certificate, then those that lead from it to the authority.
    ///   - key: its key in PEM, in a file that nobody else can read, or `fd:N`.
    /// - Throws: `configuration_invalid` when one cannot be read, or they do not belong together.
    package init(certificate: String, key: String) throws(ScrivenerError) {
        self.certificate = certificate
        self.key = key
        let watch = FileWatch(taken: Self.stamps(certificate, key))
        state = Mutex(State(credentials: try Self.read(certificate, key), watch: watch))
    }

    /// Reads the files again when they have changed. A key that came through a descriptor cannot be read again.
    ///
    /// - Returns: whether they had.
    /// - Throws: `configuration_invalid` when they cannot be used. Then what was used still is; the error comes
    ///   once for each change.
    package func reload() throws(ScrivenerError) -> Bool {
        let seen = Self.stamps(certificate, key)
        guard seen[1] != nil, state.withLock({ $0.watch.isNews(seen) }) else { return false }
        let credentials: Credentials
        do throws(ScrivenerError) {
            credentials = try Self.read(certificate, key)
        } catch {
            guard state.withLock({ $0.watch.fail(seen) }) else { return false }
            throw error
        }
        state.withLock {
            $0.watch.take(seen)
            $0.credentials = credentials
        }
        return true
    }

    private static func stamps(_ certificate: String, _ key: String) -> [FileStamp?] {
        [FileStamp(of: certificate), FileStamp(of: key)]
    }

    /// For a server: TLS 1.2 and later, and for each connection what the files hold by then.
    var configuration: TLSConfiguration {
        var configuration = Self.configuration(state.withLock { $0.credentials })
        configuration.sslContextCallback = { [weak self] _, promise in
            var current = NIOSSLContextConfigurationOverride.noChanges
            if let credentials = self?.state.withLock({ $0.credentials }) {
                current.certificateChain = credentials.chain.map { .certificate($0) }
                current.privateKey = .privateKey(credentials.key)
            }
            promise.succeed(current)
        }
        return configuration
    }

    private static func configuration(_ credentials: Credentials) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: credentials.chain.map { .certificate($0) },
            privateKey: .privateKey(credentials.key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return configuration
    }

    private static func read(
        _ certificate: String, _ key: String
    ) throws(ScrivenerError) -> Credentials {
        let bytes = try SecretFile.read(key, maximumBytes: maximumKeyBytes)
        let chain: [NIOSSLCertificate]
        do { chain = try NIOSSLCertificate.fromPEMFile(certificate) } catch {
            throw mistake(
                "tls-certificate", certificate, "is no certificate in PEM that can be read")
        }
        let read: NIOSSLPrivateKey
        do { read = try NIOSSLPrivateKey(bytes: bytes, format: .pem) } catch {
            throw mistake("tls-key", key, "is no key in PEM without a passphrase")
        }
        let credentials = Credentials(chain: chain, key: read)
        // BoringSSL finds out whether they belong together.
        do { _ = try NIOSSLContext(configuration: configuration(credentials)) } catch {
            throw mistake("tls-key", key, "is not the key of the certificate \(certificate)")
        }
        return credentials
    }

    private static func mistake(
        _ option: String, _ path: String, _ message: String
    ) -> ScrivenerError {
        ScrivenerError(
            .configurationInvalid, "\(path) \(message)",
            mistakes: [Mistake(.configurationInvalid, at: option, message, actual: path)])
    }
}
