// The key folder as a service: its thread, and the signal by which people say that they have changed it.

import Logging
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerShell
import ZeroMQ

/// Keeps a coordinator's keys as they are in their folder.
struct KeyService: Sendable {
    let folder: KeyFolder
    /// What was in it at the start.
    let keys: CoordinatorKeys
    let enrolEndpoint: String
    let logger: Logger
    private let inbox: Mailbox<KeyNotice>

    /// - Throws: `configuration_invalid` when the folder cannot be read.
    init(_ folder: KeyFolder, enrolEndpoint: String, logger: Logger) throws {
        self.folder = folder
        self.enrolEndpoint = enrolEndpoint
        self.logger = logger
        keys = try folder.read()
        inbox = Mailbox(wakeUp: try WakeUp())
    }

    /// Runs until `stop()`.
    ///
    /// - Parameter publish: called with each change, from the service's thread.
    func run(
        _ meters: KeyMeters, _ publish: @escaping @Sendable (CoordinatorKeys) -> Void
    ) async throws {
        let (folder, keys, endpoint, inbox, logger) = (folder, keys, enrolEndpoint, inbox, logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ReloadSignal.forEach { _ = inbox.post(.reload) } }
            defer { group.cancelAll() }
            try await withTaskCancellationHandler {
                try await OwnedThread.run(named: "keys") {
                    let keeper = KeyKeeper(
                        folder, holding: keys, enrolEndpoint: endpoint, inbox: inbox,
                        meters: meters, logger: logger, publish: publish)
                    try keeper.run()
                }
            } onCancel: {
                _ = inbox.post(.stop)
            }
        }
    }

    func stop() { _ = inbox.post(.stop) }
}
