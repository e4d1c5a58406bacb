// The services behind an orchestrator that runs within an application: the coordinator, without its HTTP
// face, and a local socket on which the workers within the process join it.

import Foundation
import Logging
import ScrivenerCoordinator
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerStore
import ServiceLifecycle

/// A coordinator within the process.
struct EmbeddedPool: OrchestratorPool {
    let defaults: OrchestrationConfig
    let directory: String?
    let workers: String?
    let logger: Logger
    /// For the socket, and for the journal where nothing is to survive. Short: a socket's path may have
    /// 107 bytes.
    private let scratch: URL

    init(
        defaults: OrchestrationConfig, directory: String?, workers: String?, logger: Logger
    ) {
        self.defaults = defaults
        self.directory = directory
        self.workers = workers
        self.logger = logger
        let name = "scrivener-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        scratch = URL(fileURLWithPath: "/tmp").appendingPathComponent(name)
    }

    /// Where workers join.
    var endpoint: String { workers ?? "ipc://\(scratch.path)/workers" }

    func run(
        gateway: Readiness<any OrchestratorGateway>, beside services: [any Service]
    ) async throws {
        try FileManager.default.createDirectory(
            at: scratch, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: scratch) }
        var settings = CoordinatorSettings(
            dataDirectory: directory ?? scratch.appendingPathComponent("journal").path,
            bind: endpoint)
        settings.defaults = defaults
        settings.servesHTTP = false
        // Nothing is to survive: nobody waits for a disk.
        if directory == nil { settings.durability = .inMemory }
        let coordinator = CoordinatorService(
            settings: settings, logger: logger,
            onServing: { gateway.decide(.success(EmbeddedGateway(coordinator: $0))) })
        // The last of them stops first.
        let all = [coordinator as any Service] + services
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(services: all, logger: logger)
        ).run()
    }
}
