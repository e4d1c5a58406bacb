// A connected orchestrator without a coordinator at the other end. `ClusterTests` has those with one.

import Logging
import ScrivenerClient
import Testing

@testable import AgentScrivener

@Suite(.timeLimit(.minutes(1)))
struct ConnectionTests {
    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Nobody listens there: whoever asks is told so, and not before it has been tried again.
    @Test func nobodyAnswers() async throws {
        let pool = try RemotePool(
            coordinator: "http://127.0.0.1:1", workers: nil, patience: .milliseconds(500),
            logger: Self.quiet)
        let began = ContinuousClock.now
        try await AgentOrchestrator(pool: pool, logger: Self.quiet).whileRunning { orchestrator in
            let error = await #expect(throws: ScrivenerError.self) {
                try await orchestrator.session("s-1")
            }
            #expect(error?.code == .coordinatorUnreachable)
            #expect(error?.message.contains("http://127.0.0.1:1") == true)
        }
        #expect(ContinuousClock.now - began >= .milliseconds(500))
    }

    /// A request is silent for longer than a coordinator may be away, and then fails: it is sent again.
    @Test func patienceBeginsWithTheFirstFailure() async throws {
        let address = try #require(CoordinatorAddress("http://127.0.0.1:1"))
        try await APIClient.connected(to: address, as: "test") { client in
            let gateway = RemoteGateway(
                client: client, feeds: RemoteFeeds(client: client, logger: Self.quiet),
                patience: .milliseconds(50))
            var requests = 0
            let answer = try await gateway.patiently {
                requests += 1
                if requests > 1 { return "an answer" }
                try await Task.sleep(for: .milliseconds(100))
                throw APIError.broken(address, reason: "no answer in time")
            }
            #expect(answer == "an answer" && requests == 2)
        }
    }

    /// Streams of another version say what this one cannot read: whoever waits for the end of a session hears of
    /// that, and not that the orchestrator ends.
    @Test func whoCannotFollowASessionIsToldWhy() async throws {
        try await StrangeCoordinator.serve(events: "event: progress\ndata: {}\n\n") { address in
            try await AgentOrchestrator.connect(to: address).whileRunning { orchestrator in
                let error = await #expect(throws: ScrivenerError.self) {
                    try await orchestrator.sessionEnd("s-1")
                }
                #expect(error?.code == .answerUnreadable)
            }
        }
    }

    /// The orchestrator has ended: it says so, and asks nobody.
    @Test func afterItsEndItSaysSo() async throws {
        let orchestrator = try AgentOrchestrator.connect(to: "http://127.0.0.1:1")
        try await orchestrator.whileRunning { _ in }
        let error = await #expect(throws: ScrivenerError.self) {
            try await orchestrator.session("s-1")
        }
        #expect(error?.code == .shuttingDown)
    }

    @Test(arguments: ["", "pool", "tcp://127.0.0.1:7412", "http://"])
    func whatIsNoCoordinatorIsRefused(address: String) throws {
        let error = #expect(throws: ScrivenerError.self) {
            try AgentOrchestrator.connect(to: address)
        }
        #expect(error?.code == .configurationInvalid)
        #expect(error?.mistakes.first?.actual == address)
    }
}
