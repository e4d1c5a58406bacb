// How a worker and its coordinator know each other: by keys, which are in files. `docs/keys.md` says who makes them.

/// The keys of a worker.
public struct WorkerSecurity: Sendable {
    /// Who the worker is.
    public enum Identity: Sendable {
        /// The worker that a key was made for: the path of its secret key, or `fd:N`.
        case key(file: String)
        /// A replica of a pool: the path of the pool's token, or `fd:N`. The worker makes a key, and enrols with it.
        case poolToken(file: String)
    }

    /// The path of the coordinator's public key.
    public var coordinatorKeyFile: String
    public var identity: Identity
    /// Where replicas enrol: `tcp://host:port`. The port after the coordinator's when absent.
    public var enrolmentEndpoint: String?

    public init(
        coordinatorKeyFile: String, identity: Identity, enrolmentEndpoint: String? = nil
    ) {
        self.coordinatorKeyFile = coordinatorKeyFile
        self.identity = identity
        self.enrolmentEndpoint = enrolmentEndpoint
    }
}
