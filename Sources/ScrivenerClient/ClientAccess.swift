// What a program shows a coordinator, and whom it takes for one: an API token, and the authorities whose
// certificates it trusts. Both are files.

import NIOSSL
package import ScrivenerModel
import ScrivenerSecurity

/// What a program needs to ask a coordinator; nothing by default.
package struct ClientAccess: Sendable {
    package static let tokenVariable = "SCRIVENER_TOKEN_FILE"
    package static let authorityVariable = "SCRIVENER_CA_CERTIFICATE"
    /// Below the home directory.
    package static let usualTokenFile = ".config/scrivener/token"

    private static let maximumTokenBytes = 4_096

    let token: APIToken?
    /// Those of the system when absent.
    let authorities: [NIOSSLCertificate]?

    package static let anonymous = ClientAccess(token: nil, authorities: nil)

    private init(token: APIToken?, authorities: [NIOSSLCertificate]?) {
        self.token = token
        self.authorities = authorities
    }

    /// - Parameters:
    ///   - tokenFile: has the token, and nobody else can read it; or `fd:N`.
    ///   - authorityFile: the certificates of authorities, in PEM; others are not trusted then.
    /// - Throws: `configuration_invalid` when one of them cannot be used.
    package init(tokenFile: String?, authorityFile: String?) throws(ScrivenerError) {
        token = try tokenFile.map { (path) throws(ScrivenerError) in try Self.token(in: path) }
        authorities = try authorityFile.map { (path) throws(ScrivenerError) in
            do { return try NIOSSLCertificate.fromPEMFile(path) } catch {
                throw Self.error(
                    "ca-certificate", path, "is no certificate in PEM that can be read")
            }
        }
    }

    /// What was named, or else what the environment names, or else the usual file where there is one. The last
    /// is for nobody who has not been named: it goes to this machine, or over TLS.
    ///
    /// - Throws: `configuration_invalid` when a file cannot be used.
    package static func find(
        tokenFile: String?, authorityFile: String?, for address: CoordinatorAddress,
        environment: [String: String]
    ) throws(ScrivenerError) -> ClientAccess {
        func variable(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        var usual: String?
        if address.isLoopback || address.isOverTLS, let home = variable("HOME"),
            case let path = home + "/" + usualTokenFile, FileStamp(of: path) != nil
        {
            usual = path
        }
        return try ClientAccess(
            tokenFile: tokenFile ?? variable(tokenVariable) ?? usual,
            authorityFile: authorityFile ?? variable(authorityVariable))
    }

    private static func token(in path: String) throws(ScrivenerError) -> APIToken {
        let bytes = try SecretFile.read(path, maximumBytes: maximumTokenBytes)
        let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard text.count == 1, let token = APIToken(text[0]) else {
            throw error("token-file", path, "holds no API token")
        }
        return token
    }

    private static func error(
        _ option: String, _ path: String, _ message: String
    ) -> ScrivenerError {
        ScrivenerError(
            .configurationInvalid, "\(path) \(message)",
            mistakes: [Mistake(.configurationInvalid, at: option, message, actual: path)])
    }

    var tlsConfiguration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authorities { configuration.trustRoots = .certificates(authorities) }
        return configuration
    }
}
