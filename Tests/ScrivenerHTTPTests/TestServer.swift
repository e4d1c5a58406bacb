// The service as the coordinator runs it: in a service group, on a port that the system chose.

import Logging
import NIOCore
import ScrivenerHTTP
import ServiceLifecycle

struct TestServer: Sendable {
    let port: Int
    let gateway: FakeGateway
    let metrics: FakeMetrics
    private let group: ServiceGroup
    private let end: AsyncStream<Void>

    /// Runs the service while `body` runs, then shuts it down gracefully and waits for it.
    static func run<Result: Sendable>(
        _ configuration: HTTPConfiguration = HTTPConfiguration(),
        security: HTTPSecurity = HTTPSecurity(),
        _ body: @Sendable (TestServer) async throws -> Result
    ) async throws -> Result {
        let gateway = FakeGateway()
        let metrics = FakeMetrics()
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let (end, ender) = AsyncStream.makeStream(of: Void.self)
        var local = configuration
        local.host = "127.0.0.1"
        local.port = 0
        // What requests that are written by hand are addressed to.
        local.allowedHosts.append("h")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let service = try makeHTTPService(
            configuration: local, security: security, gateway: gateway, metrics: metrics,
            logger: logger, onBound: { bound.yield($0) })
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [service], logger: logger))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer {
                    bound.finish()
                    ender.finish()
                }
                try await group.run()
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else {
                throw RawClientError(message: "the server never listened")
            }
            let server = TestServer(
                port: port, gateway: gateway, metrics: metrics, group: group, end: end)
            let result: Result
            do {
                result = try await body(server)
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return result
        }
    }

    func triggerGracefulShutdown() async { await group.triggerGracefulShutdown() }

    /// Returns when the service does.
    func stopped() async { for await _ in end {} }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> RawResponse {
        try await RawClient.send("GET", path, headers: headers, port: port)
    }

    func post(
        _ path: String, _ body: String?, type: String? = nil, headers: [String: String] = [:]
    ) async throws -> RawResponse {
        var all = headers
        if let type { all["Content-Type"] = type }
        return try await RawClient.send("POST", path, headers: all, body: body, port: port)
    }
}
