// By which keys a worker and its coordinator know each other.

import ArgumentParser
import ScrivenerWorker

/// Keys, as options. All of them are files: secrets are no arguments.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The coordinator's public key; without one, the connection is in the clear.",
            valueName: "file"))
    var coordinatorKey: String?

    @Option(
        help: ArgumentHelp(
            "This worker's own secret key: a file that nobody else can read, or fd:N.",
            valueName: "file"))
    var key: String?

    @Option(
        help: ArgumentHelp(
            """
            The token of this worker's pool, by which it enrols with a key that it makes itself: a file that \
            nobody else can read, or fd:N.
            """, valueName: "file"))
    var poolToken: String?

    @Option(
        help: ArgumentHelp(
            "Where replicas enrol; the port after --coordinator's when absent.",
            valueName: "endpoint"))
    var enrol: String?

    func validate() throws {
        guard key == nil || poolToken == nil else {
            throw ValidationError(
                "--key and --pool-token exclude each other: a worker has a key, or enrols.")
        }
        guard (coordinatorKey != nil) == (key != nil || poolToken != nil) else {
            throw ValidationError(
                "--coordinator-key goes with --key or with --pool-token, and they with it.")
        }
        guard enrol == nil || poolToken != nil else {
            throw ValidationError("--enrol goes with --pool-token.")
        }
    }

    var security: WorkerSecurity? {
        guard let coordinatorKey else { return nil }
        if let key {
            return WorkerSecurity(
                coordinatorKeyFile: coordinatorKey, identity: .key(file: key))
        }
        return poolToken.map {
            WorkerSecurity(
                coordinatorKeyFile: coordinatorKey, identity: .poolToken(file: $0),
                enrolmentEndpoint: enrol)
        }
    }
}
