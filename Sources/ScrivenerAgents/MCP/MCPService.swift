// A server that is a service. An attempt at it is not cancelled with the task around it: what is at work there
// goes on until it has answered, unless the agent's settings say that nobody need wait for that.

import ScrivenerModel
import ScrivenerOutbound

struct MCPService: Sendable {
    private let client: OutboundClient
    private let url: OutboundURL
    private let key: ServiceKey?
    private let maximumOutputBytes: Int
    /// From the greeting to the answer, over all requests and streams that are taken up again.
    private let timeout: Duration
    private let cancellation: MCPAgentSettings.Cancellation

    init(_ url: OutboundURL, key: ServiceKey?, settings: MCPAgentSettings) {
        self.url = url
        self.key = key
        maximumOutputBytes = settings.maximumOutputBytes
        timeout = settings.timeout
        cancellation = settings.cancellation
        var limits = OutboundSettings()
        limits.idleTimeout = settings.timeout
        limits.timeout = settings.timeout
        // Notifications are beside the answer.
        limits.maximumBodyBytes = settings.maximumOutputBytes + (16 << 20)
        limits.maximumEventBytes = settings.maximumOutputBytes
        limits.keptHosts = 1
        // The operator wrote the URL: servers on this machine or in its network are the rule.
        client = OutboundClient(limits, reaching: .any)
    }

    func shutdown() async { await client.shutdown() }

    /// When it returns, the call has been answered, or is no longer waited for where that is enough; and a session
    /// with the server has been ended.
    func run(_ call: MCPCall) async throws -> AgentResult {
        try Task.checkCancellation()
        let exchange = MCPHTTPTransport(
            client: client, url: url, key: key, maximumOutputBytes: maximumOutputBytes)
        let (cancels, canceller) = AsyncStream.makeStream(of: Void.self)
        let result = await withTaskCancellationHandler {
            // Not cancelled with the task around it, and awaited at once.
            await Task { await run(call, over: exchange, cancels) }.value
        } onCancel: {
            canceller.finish()
        }
        try Task.checkCancellation()
        return try result.get()
    }

    /// - Parameter cancels: ends when the attempt is cancelled.
    private func run(
        _ call: MCPCall, over exchange: MCPHTTPTransport, _ cancels: AsyncStream<Void>
    ) async -> Result<AgentResult, any Error> {
        let result = await withTaskGroup(of: Result<AgentResult, any Error>?.self) { group in
            group.addTask {
                do {
                    return .success(try await call.result(over: exchange))
                } catch {
                    return .failure(error)
                }
            }
            group.addTask {
                for await _ in cancels {}
                // Also when all is over, and nobody has cancelled.
                guard !Task.isCancelled else { return nil }
                await exchange.cancel()
                return cancellation == .close ? .failure(CancellationError()) : nil
            }
            group.addTask {
                do {
                    try await Task.sleep(for: timeout)
                } catch {
                    return nil
                }
                await exchange.tellCancelled()
                return .failure(MCPFailure.late(after: timeout))
            }
            var result: Result<AgentResult, any Error>?
            while result == nil, let part = await group.next() { result = part }
            group.cancelAll()
            return result ?? .failure(CancellationError())
        }
        await exchange.end()
        return result
    }
}
