// Who may use a coordinator, and over what.

import ArgumentParser
import ScrivenerCoordinator
import ScrivenerHTTP

/// Keys, tokens and certificates, as options. All of them are files: secrets are no arguments.
struct SecurityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The folder of keys and API tokens that scrivener keys has made.",
            valueName: "directory"))
    var keys: String?

    @Option(
        help: ArgumentHelp(
            "Where replicas enrol; the port after --bind's when absent.", valueName: "endpoint"))
    var enrolBind: String?

    @Option(
        help: ArgumentHelp(
            """
            Where workers connect while the coordinator's key is being changed; the second port after \
            --bind's when absent.
            """, valueName: "endpoint"))
    var rotationBind: String?

    @Option(
        help: ArgumentHelp(
            "The certificate that HTTP is served with over TLS, in PEM, with those that lead to the authority.",
            valueName: "file"))
    var tlsCertificate: String?

    @Option(
        help: ArgumentHelp(
            "The certificate's key, in PEM: a file that nobody else can read, or fd:N.",
            valueName: "file"))
    var tlsKey: String?

    @Option(
        help: ArgumentHelp(
            """
            A name that HTTP requests may be addressed to, beside localhost and addresses. Once for \
            each name.
            """, valueName: "name"))
    var allowedHost: [String] = []

    @Flag(help: "Bind beyond loopback without keys and tokens, open to everybody who can reach it.")
    var insecure = false

    func apply(to settings: inout CoordinatorSettings) {
        settings.keys = keys
        settings.enrolBind = enrolBind
        settings.rotationBind = rotationBind
        settings.tlsCertificate = tlsCertificate
        settings.tlsKey = tlsKey
        settings.http.allowedHosts = allowedHost
    }
}
