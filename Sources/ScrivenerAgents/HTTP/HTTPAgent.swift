// An agent that is a service: any language, anywhere, behind one URL. `docs/agents/http.md` says what it reads and
// answers.

import NIOHTTP1
public import ScrivenerAgentKit
public import ScrivenerModel
import ScrivenerOutbound

/// Posts each task to a service, and follows what becomes of it.
public struct HTTPAgent: BaseAgent {
    /// An answer to how it is that takes longer is none.
    private static let healthTimeout = Duration.seconds(5)
    /// What a stream may bring altogether, with its progress and output.
    private static let maximumStreamBytes = 1 << 30

    let settings: HTTPAgentSettings
    private let client: OutboundClient

    public var name: String { settings.identity.name }
    public var capabilities: [String] { settings.identity.capabilities }
    public var tags: [String] { settings.identity.tags }
    public var slots: Int32? { settings.identity.slots }
    public var version: String { settings.identity.version }

    public init(_ settings: HTTPAgentSettings) {
        self.settings = settings
        var limits = OutboundSettings()
        limits.idleTimeout = settings.silence
        limits.maximumBodyBytes = Self.maximumStreamBytes
        limits.maximumEventBytes = max(64 << 10, settings.maximumOutputBytes)
        limits.keptHosts = 1
        // A request to stop never waits for those that it is about.
        limits.maximumConnections = 20_000
        // The operator wrote the URL: services on this machine or in its network are the rule.
        client = OutboundClient(limits, reaching: .any)
    }

    /// Waits for the service to be well.
    public func initialize() async throws {
        switch await healthCheck() {
        case .healthy, .degraded: return
        case .unhealthy(let reason):
            throw AgentFailure(.transient, code: "service_unhealthy", message: reason)
        }
    }

    public func execute(
        _ task: AgentTask, context: AgentContext
    ) async throws -> AgentResult {
        try await HTTPExecution(settings, client, task, context).result()
    }

    public func healthCheck() async -> AgentCondition {
        guard let url = settings.healthURL else { return .healthy }
        let request = OutboundRequest(
            .GET, url, headers: settings.keyHeaders, timeout: Self.healthTimeout)
        do {
            let head = try await client.exchange(request) { $0.head }
            return switch head.status {
            case 200..<300: .healthy
            case 429: .degraded(reason: "\(url) answered 429")
            default: .unhealthy(reason: "\(url) answered \(head.status)")
            }
        } catch {
            return .unhealthy(reason: "\(url): \(error)")
        }
    }

    public func shutdown() async { await client.shutdown() }
}
