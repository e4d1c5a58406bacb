// The services behind an orchestrator that is connected to a coordinator: an HTTP client for calls, and another for
// the streams that are followed. Streams hold their connections: with one client for both, a session could not be
// cancelled while as many are followed as there are connections.

import Foundation
import Logging
import ScrivenerClient
import ScrivenerModel
import ScrivenerShell
import ServiceLifecycle

/// A coordinator elsewhere.
struct RemotePool: OrchestratorPool {
    /// Each session that is followed holds one.
    static let maximumStreams = 1_024
    /// Of calls, which come and go.
    static let maximumCalls = 64

    let address: CoordinatorAddress
    let workers: String?
    let access: ClientAccess
    let patience: Duration
    let logger: Logger

    /// - Parameter patience: how long a coordinator may be away before a call fails.
    /// - Throws: `configuration_invalid` for what is no URL, and for files that cannot be used.
    init(
        coordinator: String, workers: String?, tokenFile: String? = nil,
        authorityFile: String? = nil, patience: Duration = .seconds(30), logger: Logger
    ) throws(ScrivenerError) {
        guard let address = CoordinatorAddress(coordinator) else {
            throw ScrivenerError(
                .configurationInvalid, "an orchestrator is connected to the URL of a coordinator",
                mistakes: [
                    Mistake(
                        .configurationInvalid, at: "coordinator", "is not such a URL",
                        limit: "as \(CoordinatorAddress.fallback)",
                        actual: String(coordinator.prefix(128)))
                ])
        }
        self.address = address
        self.workers = workers
        access = try ClientAccess.find(
            tokenFile: tokenFile, authorityFile: authorityFile, for: address,
            environment: ProcessInfo.processInfo.environment)
        self.patience = patience
        self.logger = logger
    }

    var endpoint: String {
        get throws {
            guard let workers else {
                throw ScrivenerError(
                    .configurationInvalid,
                    "an instance joins the pool as a worker, and it is not said where",
                    mistakes: [
                        Mistake(
                            .configurationInvalid, at: "workers",
                            "has to be given to connect(to:workers:)",
                            limit: "as tcp://127.0.0.1:7410: the coordinator's --bind")
                    ])
            }
            return workers
        }
    }

    func run(
        gateway: Readiness<any OrchestratorGateway>, beside services: [any Service]
    ) async throws {
        try await connected(Self.maximumStreams) { streams in
            try await connected(Self.maximumCalls) { calls in
                let feeds = RemoteFeeds(client: streams, logger: logger)
                gateway.decide(
                    .success(RemoteGateway(client: calls, feeds: feeds, patience: patience)))
                // The last of them stops first.
                let all = [feeds as any Service] + services
                try await ServiceGroup(
                    configuration: ServiceGroupConfiguration(services: all, logger: logger)
                ).run()
            }
        }
    }

    private func connected(
        _ connections: Int, _ body: (APIClient) async throws -> Void
    ) async throws {
        try await APIClient.connected(
            to: address, as: "agent-scrivener/\(SoftwareVersion.current)", access: access,
            connections: connections, body)
    }
}
