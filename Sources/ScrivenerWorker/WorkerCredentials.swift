// A worker's own key and what it knows of its coordinator's, as they are in its files. The files may be changed while
// it runs, which is how keys are changed without a stop.

import Logging
import ScrivenerModel
import ScrivenerSecurity
import ZeroMQ

/// The worker's keys. Confined to the loop's thread.
final class WorkerCredentials {
    /// What was found changed.
    enum Change: Equatable {
        /// Another key, or another way to the coordinator: the connection has to be made anew.
        case line
        /// Another token: the replica has to enrol again, beside what it does.
        case token
    }

    private static let lookInterval = TimeSpan.seconds(1)
    private static let ownKeyName = "worker.secret"
    private static let memoryName = "coordinator-key"

    private let security: WorkerSecurity
    private let dataDirectory: String?
    private let worker: WorkerName
    private let logger: Logger
    private(set) var pair: CurveKeyPair
    private(set) var trust: TrustedCoordinator
    private var token: PoolToken?
    /// Whether the coordinator should know the worker's key.
    var isListed: Bool
    private var watch: FileWatch
    private var lookDue = Instant.zero

    /// - Throws: `configuration_invalid` when a file cannot be read.
    init(
        _ security: WorkerSecurity, of settings: WorkerSettings, logger: Logger
    ) throws(ScrivenerError) {
        guard let worker = WorkerName(settings.workerID) else {
            throw ScrivenerError(.configurationInvalid, "\(settings.workerID) is no worker's id")
        }
        self.security = security
        self.worker = worker
        self.logger = logger
        dataDirectory = settings.dataDirectory
        watch = FileWatch(taken: Self.stamps(security))
        switch security.identity {
        case .key(let file):
            pair = try WorkerKeyFile.read(file)
            isListed = true
        case .poolToken(let file):
            token = try PoolToken.read(file)
            (pair, isListed) = try Self.ownKey(in: settings.dataDirectory, of: worker)
        }
        trust = TrustedCoordinator(
            at: settings.coordinator,
            keys: try CoordinatorKeyFile.read(security.coordinatorKeyFile),
            memory: settings.dataDirectory.flatMap {
                CoordinatorMemoryFile.read("\($0)/\(Self.memoryName)")
            })
    }

    /// Whether the worker can enrol.
    var isReplica: Bool { token != nil }

    /// The key that the replica made at its first start, which it may be known by; or a new one.
    private static func ownKey(
        in directory: String?, of worker: WorkerName
    ) throws(ScrivenerError) -> (CurveKeyPair, isListed: Bool) {
        guard let directory else { return (try WorkerKeyFile.generate(), false) }
        let path = "\(directory)/\(ownKeyName)"
        guard FileStamp(of: path) == nil else { return (try WorkerKeyFile.read(path), true) }
        let pair = try WorkerKeyFile.generate()
        try SecretFile.write(
            WorkerKeyFile.bytes(of: pair.secretKey, for: "worker \(worker)'s own"), to: path)
        return (pair, false)
    }

    private static func stamps(_ security: WorkerSecurity) -> [FileStamp?] {
        switch security.identity {
        case .key(let file), .poolToken(let file):
            [FileStamp(of: security.coordinatorKeyFile), FileStamp(of: file)]
        }
    }

    // MARK: Files that change

    var nextLook: Instant { lookDue }

    /// Looks whether files have changed, once a second.
    ///
    /// - Parameter isForced: whether to look now, and to read them whatever they look like.
    func look(at now: Instant, isForced: Bool = false) -> [Change] {
        guard isForced || lookDue <= now else { return [] }
        lookDue = now.advanced(by: Self.lookInterval)
        let seen = Self.stamps(security)
        guard isForced || watch.isNews(seen) else { return [] }
        do throws(ScrivenerError) {
            let changes = try reload()
            watch.take(seen)
            return changes
        } catch {
            guard watch.fail(seen) || isForced else { return [] }
            logger.error(
                "keys cannot be read; those from before hold", metadata: ["error": "\(error)"])
            return []
        }
    }

    /// All or nothing: a key that is taken on without its change being told would not be used.
    private func reload() throws(ScrivenerError) -> [Change] {
        let coordinatorKeys = try CoordinatorKeyFile.read(security.coordinatorKeyFile)
        var changes: [Change] = []
        switch security.identity {
        case .key(let file) where !file.hasPrefix("fd:"):
            let new = try WorkerKeyFile.read(file)
            if new.publicKey != pair.publicKey {
                pair = new
                changes = [.line]
            }
        case .poolToken(let file) where !file.hasPrefix("fd:"):
            let new = try PoolToken.read(file)
            if new.digest != token?.digest { changes = [.token] }
            token = new
        default: break
        }
        if trust.reconfigure(coordinatorKeys), !changes.contains(.line) { changes.append(.line) }
        if !changes.isEmpty { logger.notice("keys were read again") }
        return changes
    }

    // MARK: The coordinator's key

    /// Nobody has answered.
    func fail(at now: Instant) { trust.fail(at: now) }

    /// What the coordinator says of the present line.
    ///
    /// - Returns: whether to dial anew.
    func welcomed(_ redial: Redial?, at now: Instant) -> Bool {
        guard let redial else {
            if trust.confirm() { remember() }
            return false
        }
        guard trust.learn(redial, at: now) else { return false }
        logger.notice(
            "the coordinator has another key",
            metadata: ["endpoint": "\(trust.line.endpoint)", "key": "\(trust.line.key)"])
        remember()
        return true
    }

    private func remember() {
        guard let dataDirectory, let memory = trust.memory else { return }
        do throws(ScrivenerError) {
            try CoordinatorMemoryFile.write(memory, to: "\(dataDirectory)/\(Self.memoryName)")
        } catch {
            logger.warning(
                "the coordinator's key is not remembered over a restart",
                metadata: ["error": "\(error)"])
        }
    }

    // MARK: Enrolling

    /// What to ask, of a replica.
    var enrolment: EnrolmentRequest? {
        guard let token, let pool = worker.pool else { return nil }
        return EnrolmentRequest(pool: pool, name: worker.name, token: token.revealedBytes)
    }

    /// Where to ask it.
    var enrolmentEndpoint: String {
        if let endpoint = security.enrolmentEndpoint { return endpoint }
        let endpoint = trust.endpoint
        guard endpoint.hasPrefix("tcp://") else { return endpoint + "-enrol" }
        guard let colon = endpoint.lastIndex(of: ":"),
            let port = UInt16(endpoint[endpoint.index(after: colon)...])
        else { return endpoint }
        return "\(endpoint[...colon])\(port &+ 1)"
    }
}
