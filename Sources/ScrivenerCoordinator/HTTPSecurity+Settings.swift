// The secrets of the HTTP face, as the settings name them.

import Logging
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerSecurity

extension HTTPSecurity {
    /// - Throws: `configuration_invalid` when the folder of keys cannot be looked into, or a file cannot be used.
    init(_ settings: CoordinatorSettings) throws(ScrivenerError) {
        self.init()
        if let keys = settings.keys {
            // Of a file, or of a folder that is closed to this process, all would seem to be missing: keys and
            // tokens that were meant to be needed would not be.
            guard FileStamp(of: keys + "/.") != nil else {
                throw ScrivenerError(
                    .configurationInvalid, "there is no folder of keys \(keys)",
                    mistakes: [
                        Mistake(
                            .configurationInvalid, at: "keys",
                            "is no folder that this process can look into; scrivener keys init makes one",
                            actual: keys)
                    ])
            }
            tokens = try APITokenBook(directory: keys)
        }
        if let certificate = settings.tlsCertificate, let key = settings.tlsKey {
            identity = try TLSIdentity(certificate: certificate, key: key)
        }
    }

    /// Says what somebody may have overlooked.
    func warn(_ settings: CoordinatorSettings, _ logger: Logger) {
        guard settings.servesHTTP, tokens?.isRequired == true, identity == nil,
            !Loopback.isLoopback(host: settings.http.host)
        else { return }
        logger.warning(
            """
            API tokens travel in clear text: whoever can listen on the way can use them. \
            --tls-certificate and --tls-key, or a proxy that has TLS, keep them secret
            """, metadata: ["http_host": "\(settings.http.host)"])
    }
}

extension PresentKeys {
    init(in directory: String?, tokens: APITokenBook?) {
        self.init(
            workerKeys: directory.map { FileStamp(of: $0 + "/coordinator.secret") != nil } ?? false,
            tokens: (tokens?.count ?? 0) > 0)
    }
}
