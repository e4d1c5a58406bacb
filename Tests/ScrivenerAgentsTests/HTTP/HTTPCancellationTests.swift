// When a cancelled attempt at a service has stopped (P7): closed connections prove nothing.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import ScrivenerOutbound
import Synchronization
import TestSupport
import Testing

@testable import ScrivenerAgents

@Suite(.timeLimit(.minutes(1))) struct HTTPCancellationTests {
    /// What a service is at.
    private final class Work: Sendable {
        private let running = Mutex(false)
        private let gates = Mutex<[CheckedContinuation<Void, Never>]>([])
        private let stops = Mutex(0)

        var isRunning: Bool { running.withLock { $0 } }
        var stopCount: Int { stops.withLock { $0 } }

        func begin() { running.withLock { $0 = true } }

        func end() {
            running.withLock { $0 = false }
            for gate in gates.withLock({ gates in
                defer { gates.removeAll() }
                return gates
            }) {
                gate.resume()
            }
        }

        /// Until `end`.
        func wait() async {
            await withCheckedContinuation { gate in
                let isOver = gates.withLock { gates in
                    guard isRunning else { return true }
                    gates.append(gate)
                    return false
                }
                if isOver { gate.resume() }
            }
        }

        func countStop() -> Int {
            stops.withLock { count in
                count += 1
                return count
            }
        }
    }

    /// Cancels the attempt once the service is at work.
    ///
    /// - Returns: whether the service was still at work when the attempt had ended, and what was emitted.
    private func cancelled(
        in seconds: Double? = nil, work: Work = Work(),
        answering answer:
            @escaping @Sendable (LocalRequest, LocalConnection, Work) async throws ->
            Void
    ) async throws -> (wasRunning: Bool, output: String, requests: [LocalRequest]) {
        try await LocalServer.run { request, connection in
            try await answer(request, connection, work)
        } _: { server in
            var settings = HTTPAgentSettings(
                AgentIdentity(name: "service"), url: try OutboundURL(server.url("/run")))
            settings.pollInterval = .milliseconds(10)
            let agent = HTTPAgent(settings)
            let notes = Notes()
            let context = AgentContext(
                attempt: 1, idempotencyKey: "s1/t1",
                deadline: seconds.map { ContinuousClock.now.advanced(by: .seconds($0)) },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                emit: { notes.emit($0) }, report: { notes.report($0) })
            let ended = await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try await agent.execute(HTTPAgentTests.task, context: context)
                }
                while !work.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
                group.cancelAll()
                return await group.nextResult()
            }
            #expect(throws: CancellationError.self) { try ended?.get() }
            let wasRunning = work.isRunning
            work.end()
            await agent.shutdown()
            return (wasRunning, notes.output, server.requests)
        }
    }

    private static let confirmed = "[stopped: the service has confirmed it]\n"

    /// It answers the task only when its work has ended, and has a means to end it.
    @Test func `A service that answers at once confirms by its answer`() async throws {
        let (wasRunning, output, requests) = try await cancelled { request, connection, work in
            if request.method == "DELETE" {
                work.end()
                return try await connection.answer(204)
            }
            work.begin()
            await work.wait()
            try await connection.answer(500, #"{"title": "cancelled"}"#)
        }
        #expect(!wasRunning)
        #expect(output == Self.confirmed)
        #expect(requests.contains { $0.method == "DELETE" && $0.path == "/run" })
    }

    /// The task waits for a service that is busy: nothing of it runs, and nothing has to be confirmed.
    @Test func `What has not begun has stopped at once`() async throws {
        let (_, output, requests) = try await cancelled { _, connection, work in
            try await connection.answer(503, headers: ["retry-after": "50"])
            work.begin()
        }
        #expect(output == Self.confirmed)
        #expect(requests.filter { $0.method == "POST" }.count == 1)
    }

    /// Nothing can be done but wait for its end.
    @Test func `A service without a means to stop is waited for`() async throws {
        let work = Work()
        let (wasRunning, output, _) = try await cancelled(work: work) { request, connection, work in
            if request.method == "DELETE" {
                try await connection.answer(405)
                try await Task.sleep(for: .milliseconds(200))
                return work.end()
            }
            work.begin()
            await work.wait()
            try await connection.answer(200, "1")
        }
        #expect(!wasRunning)
        #expect(output == Self.confirmed)
    }

    /// It is cancelled before it has said where the execution is, and only there it can be stopped.
    @Test func `What cannot be stopped yet is stopped where it goes on`() async throws {
        let (wasRunning, output, requests) = try await cancelled { request, connection, work in
            switch (request.method, request.path) {
            case ("DELETE", "/run"):
                _ = work.countStop()
                try await connection.answer(405)
            case ("DELETE", _):
                work.end()
                try await connection.answer(204)
            case ("GET", _): try await connection.answer(200, #"{"state": "running"}"#)
            default:
                work.begin()
                while work.stopCount == 0 { try await Task.sleep(for: .milliseconds(5)) }
                try await connection.answer(202, headers: ["location": "/jobs/7"])
            }
        }
        #expect(!wasRunning)
        #expect(output == Self.confirmed)
        let stops = requests.filter { $0.method == "DELETE" }.map(\.path)
        #expect(Set(stops) == ["/run", "/jobs/7"])
    }

    /// 410 at the agent's own URL is about the agent, and not about an attempt.
    @Test func `An agent that is gone proves nothing`() async throws {
        let (_, output, _) = try await cancelled(in: -4) { request, connection, work in
            guard request.method == "POST" else { return try await connection.answer(410) }
            work.begin()
            try await Task.sleep(for: .milliseconds(100))
            throw HangUp()
        }
        #expect(output == "[stopped: the deadline that the service was told has passed]\n")
    }

    @Test(arguments: [200, 204, 404, 410])
    func `An execution has stopped when the service says so or knows it no more`(
        status: Int
    ) async throws {
        let (wasRunning, output, requests) = try await cancelled { request, connection, work in
            switch request.method {
            case "DELETE":
                // It takes its time, and fails the first time.
                guard work.countStop() > 1 else { return try await connection.answer(503) }
                work.end()
                try await connection.answer(status)
            case "GET":
                if work.stopCount == 0 { work.begin() }
                try await connection.answer(200, #"{"state": "running"}"#)
            default: try await connection.answer(202, headers: ["location": "/jobs/7"])
            }
        }
        #expect(!wasRunning)
        #expect(output == Self.confirmed)
        #expect(requests.filter { $0.method == "DELETE" }.map(\.path) == ["/jobs/7", "/jobs/7"])
    }

    /// 202 says that it will stop, not that it has.
    @Test func `A promise to stop is no proof`() async throws {
        let (wasRunning, output, _) = try await cancelled { request, connection, work in
            switch request.method {
            case "DELETE": try await connection.answer(202)
            case "GET":
                try await connection.beginEvents()
                work.begin()
                try await Task.sleep(for: .milliseconds(300))
                work.end()
                try await connection.event("cancelled", "{}")
            default: try await connection.answer(202, headers: ["location": "/jobs/7"])
            }
        }
        #expect(!wasRunning)
        #expect(output == Self.confirmed)
    }

    /// It does not answer any more. What it was told of its deadline is all there is.
    @Test func `A service that is silent has stopped when its deadline has passed`() async throws {
        let (_, output, _) = try await cancelled(in: -4.5) { _, _, work in
            work.begin()
            try await untilCancelled()
        }
        #expect(output == "[stopped: the deadline that the service was told has passed]\n")
    }

    /// The task's connection breaks just then: a confirmation of the request to stop counts, since no answer to
    /// the task is under way any more.
    @Test func `A broken connection proves nothing`() async throws {
        let (wasRunning, output, requests) = try await cancelled { request, connection, work in
            if request.method == "POST" {
                work.begin()
                try await Task.sleep(for: .milliseconds(100))
                throw HangUp()
            }
            guard work.countStop() > 2 else { return try await connection.answer(503) }
            work.end()
            try await connection.answer(204)
        }
        #expect(!wasRunning)
        #expect(output == Self.confirmed)
        #expect(requests.filter { $0.method == "DELETE" }.count >= 3)
    }
}
