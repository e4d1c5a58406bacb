// `Prefer: wait`: a submission that is answered when its session has ended.

import Foundation
import FoundationNetworking
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Waiting {}
}

extension ClusterTests.Waiting {
    /// A script that wants one small thing done asks once, and is answered when it is done; who
    /// submits the same again hears of the same session.
    @Test func `Who waits is answered when the session has ended`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")

            async let first = Self.post(.echo("a", sleeping: 0.5), to: cluster, key: "k")
            async let second = Self.post(.echo("a", sleeping: 0.5), to: cluster, key: "k")
            let answers = try await [first, second]
            let third = try await Self.post(.echo("a", sleeping: 0.5), to: cluster, key: "k")

            #expect(answers.map(\.status).sorted() == [200, 201])
            #expect(third.status == 200)
            #expect(Set((answers + [third]).map(\.session.sessionID)).count == 1)
            #expect((answers + [third]).allSatisfy { $0.session.status == .completed })
            #expect((answers + [third]).allSatisfy { $0.session.progress.completedTasks == 1 })
        }
    }

    /// Who waits no longer gets the session as it is, and the session goes on.
    @Test func `A wait that is over is answered with what there is`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator()
            try await cluster.startWorker("w1")

            let began = ContinuousClock.now
            let answer = try await Self.post(
                .echo("long", sleeping: 600), to: cluster, seconds: 1)

            #expect(answer.status == 201)
            #expect(answer.session.status == .inProgress)
            #expect(answer.session.progress.runningTasks == ["long"])
            #expect(ContinuousClock.now - began > .seconds(0.9))
            #expect(ContinuousClock.now - began < .seconds(60))
        }
    }

    /// A coordinator that stops does not wait for the end of a session: it will be there when it is
    /// started again.
    @Test func `A coordinator that stops tells those who wait`() async throws {
        try await Cluster.run { cluster in
            let coordinator = try await cluster.startCoordinator()
            try await cluster.startWorker("w1")

            async let waiting = Self.post(.echo("long", sleeping: 600), to: cluster)
            while try await cluster.sessions().first?.progress.runningTasks != ["long"] {}
            try await coordinator.send(SIGTERM)
            let answer = try await waiting

            #expect(answer.status == 201)
            #expect(answer.session.status == .inProgress)
            #expect(try await coordinator.ending() == .exited(0))
        }
    }

    private static func post(
        _ task: ResearchTask, to cluster: Cluster, key: String? = nil, seconds: Int = 300
    ) async throws -> (status: Int, session: ResearchSession) {
        let address = try #require(cluster.environment["SCRIVENER_COORDINATOR"])
        var request = URLRequest(url: try #require(URL(string: address + "/v1/sessions")))
        request.httpMethod = "POST"
        request.timeoutInterval = 600
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.setValue("wait=\(seconds)", forHTTPHeaderField: "Prefer")
        if let key { request.setValue(key, forHTTPHeaderField: "Idempotency-Key") }
        request.httpBody = try JSONEncoder().encode(ResearchPlan.of([task]))
        let (body, response) = try await URLSession.shared.data(for: request)
        let status = try #require(response as? HTTPURLResponse).statusCode
        return (status, try JSONDecoder().decode(ResearchSession.self, from: body))
    }
}
