// Callbacks of a session, to a real receiver over HTTP.

import Foundation
import ScrivenerModel
import Testing

extension ClusterTests {
    @Suite struct Webhooks {}
}

extension ClusterTests.Webhooks {
    /// The receiver is being deployed while a session ends: it hears of everything, in order, signed,
    /// under the same id each time. Where a redirect leads nobody goes, and no secret is shown.
    @Test func `A receiver in trouble hears of everything in order`() async throws {
        try await Cluster.run { cluster in
            let receiver = try await cluster.startReceiver(answering: 302, 500, 200)
            let coordinator = try await cluster.startCoordinator(["--webhooks", "any"])
            try await cluster.startWorker("w1")
            var plan = ResearchPlan.of(
                [.echo("good"), .echo("bad", after: ["good"], failing: "permanent")])
            plan.callbacks = [
                try receiver.callback(events: [.taskFailed] + CallbackEvent.ends)
            ]
            let (_, session) = try await cluster.submitAndWait(plan)

            let first = try await receiver.arrival(1)
            #expect(first.type == "task.failed")
            #expect(first.taskID == "bad")
            #expect(first.code == "asked_for")
            for count in 2...3 {
                let again = try await receiver.arrival(count)
                #expect(again.id == first.id)
                #expect(again.type == "task.failed")
            }
            let end = try await receiver.arrival(4)
            #expect(end.type == "session.\(session.sessionState.rawValue)")
            #expect(end.id != first.id)
            for count in 1...4 {
                let arrival = try await receiver.arrival(count)
                #expect(arrival.valid)
                #expect(arrival.path == "/hook?token=hidden")
                #expect(arrival.sessionID == session.sessionID)
            }

            let (callbacks, output) = try await cluster.callbacks(of: session.sessionID) {
                $0.first?.delivered == 2
            }
            #expect(callbacks.first?.deliveries.map(\.attempts) == [1, 3])
            #expect(callbacks.first?.deliveries.map(\.id) == [end.id, first.id])
            for text in [output, coordinator.log] {
                #expect(!text.contains(WebhookReceiver.secret))
                #expect(!text.contains("hidden"))
            }
            #expect(receiver.arrivals == 4)
        }
    }

    /// The coordinator dies when the end is on disk and before the receiver has answered (P1): the next
    /// one tells it again, as the same message.
    @Test func `P1 Durability, an end is told although the coordinator dies`() async throws {
        try await Cluster.run { cluster in
            let receiver = try await cluster.startReceiver(answering: 0, 200)
            let coordinator = try await cluster.startCoordinator(["--webhooks", "any"])
            try await cluster.startWorker("w1")
            var plan = ResearchPlan.of([.echo("only")])
            plan.callbacks = [try receiver.callback()]
            let session = try await cluster.submit(plan)
            let unanswered = try await receiver.arrival(1)

            try await coordinator.send(SIGKILL)
            #expect(try await coordinator.ending() == .signalled(SIGKILL))
            try await cluster.startCoordinator(["--webhooks", "any"])

            let again = try await receiver.arrival(2)
            #expect(again.id == unanswered.id)
            #expect(again.type == "session.completed")
            #expect(again.sessionID == session)
            #expect(again.valid)
            let (callbacks, _) = try await cluster.callbacks(of: session) {
                $0.first?.delivered == 1
            }
            #expect(callbacks.first?.pending == 0)
        }
    }

    /// Somebody submits a plan whose callback points to a service beside the coordinator, by address
    /// or by name. Nothing is sent, everybody can see why, and a stop does not wait for it.
    @Test func `A private address is refused`() async throws {
        try await Cluster.run { cluster in
            let receiver = try await cluster.startReceiver(answering: 200)
            let coordinator = try await cluster.startCoordinator()
            var plan = ResearchPlan.of([.echo("only")])
            plan.callbacks = [
                try receiver.callback(), try receiver.callback(host: "localhost"),
            ]
            let session = try await cluster.submit(plan)
            #expect(try await cluster.scrivener("session", "cancel", session).code == 0)

            let (callbacks, _) = try await cluster.callbacks(of: session) { callbacks in
                callbacks.allSatisfy { $0.deliveries.first?.lastError != nil }
            }
            for callback in callbacks {
                #expect(callback.pending == 1)
                let error = callback.deliveries.first?.lastError ?? ""
                #expect(error.hasPrefix("address refused"), "\(error)")
            }
            try await coordinator.line(2, containing: "webhook refused")
            try await coordinator.send(SIGTERM)
            #expect(try await coordinator.ending() == .exited(0))
            #expect(receiver.arrivals == 0)

            // Who is allowed to reach it tells it what was not told.
            try await cluster.startCoordinator(["--webhooks", "any"])
            #expect(try await receiver.arrival(1).type == "session.cancelled")
            #expect(try await receiver.arrival(2).type == "session.cancelled")
        }
    }

    /// A receiver that never answers is nobody's business but its own: others hear at once, and the
    /// coordinator stops while it waits.
    @Test func `A receiver that does not answer holds up nobody`() async throws {
        try await Cluster.run { cluster in
            let dead = try await cluster.startReceiver(answering: 0)
            let alive = try await cluster.startReceiver(answering: 200)
            let coordinator = try await cluster.startCoordinator(["--webhooks", "any"])
            try await cluster.startWorker("w1")
            for _ in 1...6 {
                var plan = ResearchPlan.of([.echo("only")])
                plan.callbacks = [try dead.callback(host: "localhost")]
                _ = try await cluster.submitAndWait(plan)
            }
            _ = try await dead.arrival(2)
            var plan = ResearchPlan.of([.echo("only")])
            plan.callbacks = [try alive.callback()]
            let session = try await cluster.submit(plan)
            #expect(try await alive.arrival(1).sessionID == session)

            try await coordinator.send(SIGTERM)
            #expect(try await coordinator.ending() == .exited(0))
        }
    }

    /// Where webhooks are switched off a plan that counts on them is told so.
    @Test func `Switched off, callbacks are refused`() async throws {
        try await Cluster.run { cluster in
            try await cluster.startCoordinator(["--webhooks", "none"])
            var plan = ResearchPlan.of([.echo("only")])
            plan.callbacks = [
                PlanCallback(
                    url: try CallbackURL("https://example.com"),
                    secret: try CallbackSecret(WebhookReceiver.secret))
            ]
            let outcome = try await cluster.scrivener(
                "session", "submit", "-", input: try plan.json)
            #expect(outcome.code != 0)
            #expect(outcome.error.contains("webhooks are switched off here"), "\(outcome)")
            #expect(try await cluster.sessions() == [])
        }
    }
}
