// Something that answers as a coordinator does which has one session, and streams that session's events as a test
// wants them.

import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ScrivenerModel
import ServiceLifecycle

enum StrangeCoordinator {
    private static let submitted = WallTime(millisecondsSince1970: 1_769_860_800_000)

    private static let session = ResearchSession(
        sessionID: "s-1", query: "why?", status: .inProgress, sessionState: .researching,
        statusTransitions: [Transition(to: .inProgress, at: submitted)],
        stateTransitions: [Transition(to: .researching, at: submitted)], submittedAt: submitted,
        endedAt: nil, reason: nil,
        progress: ProgressReport(
            sessionID: "s-1", status: .inProgress, currentState: .researching,
            progressPercentage: 0, completedTasks: 0, totalTasks: 1, tasksByStatus: ["ready": 1],
            currentTasks: [], sourcesFound: 0, insightsGenerated: 0, hasFinalDocument: false,
            revision: 1))

    /// Serves while `body` runs, which is told the address.
    static func serve(
        events: String, _ body: @Sendable (_ address: String) async throws -> Void
    ) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let json = String(decoding: try JSONEncoder().encode(session), as: UTF8.self)
        let router = Router()
        router.get("/v1/sessions/s-1") { _, _ in answer(json, "application/json") }
        router.get("/v1/sessions/s-1/events") { _, _ in answer(events, "text/event-stream") }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in bound.yield(channel.localAddress?.port ?? 0) },
            logger: logger)
        let server = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: application)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            try await body("http://127.0.0.1:\(port)")
            await server.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private static func answer(_ body: String, _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type],
            body: .init(byteBuffer: ByteBuffer(string: body)))
    }
}
