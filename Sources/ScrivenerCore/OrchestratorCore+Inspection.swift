// What those may see who look at the machine from outside to find out whether it says the truth: the
// simulator and tests. Nothing here is asked by a coordinator.

package import ScrivenerModel

/// An attempt that a connected worker holds.
package struct InspectedAttempt: Sendable {
    package var attempt: AttemptReference
    package var connection: ConnectionID
    package var epoch: Int64
    /// Whether its worker was told to stop it.
    package var isToStop: Bool
}

extension OrchestratorCore {
    package func explanation(
        ofTask task: Int, in session: Int64, at now: Instant
    ) -> Explanation? {
        sessions.read(session) { session -> Explanation? in
            guard task < session.graph.count else { return nil }
            return explanation(of: task, in: session, at: now)
        } ?? nil
    }

    /// All sessions that are open, the oldest first.
    package func openSnapshots(at now: Instant) -> [SessionSnapshot] {
        sessions.numbers.compactMap { number in
            sessions.read(number) { snapshot(of: $0, at: now) }
        }
    }

    package func status(ofTask task: Int, in session: Int64) -> TaskStatus? {
        sessions.read(session) { session -> TaskStatus? in
            task < session.graph.count ? session.graph.lifecycle[task].status : nil
        } ?? nil
    }

    package func demand(ofTask task: Int, in session: Int64) -> Demand? {
        sessions.read(session) { session -> Demand? in
            task < session.graph.count ? session.graph.taskClass(task).demand : nil
        } ?? nil
    }

    /// Of the attempts that connected workers hold and that are not over, the one that was given
    /// out first.
    package var someHeldAttempt: InspectedAttempt? {
        var first: (order: Int64, found: InspectedAttempt)?
        for worker in registry.workers {
            guard let connection = worker.connection else { continue }
            for (attempt, held) in zip(worker.held.keys, worker.held.values) where !held.isLingering
            {
                guard held.order < first?.order ?? .max else { continue }
                let found = InspectedAttempt(
                    attempt: attempt, connection: connection.id, epoch: connection.epoch,
                    isToStop: isToStop(attempt))
                first = (held.order, found)
            }
        }
        return first?.found
    }

    package var connectedWorkers: [(connection: ConnectionID, epoch: Int64)] {
        registry.workers.compactMap { worker in
            worker.connection.map { (connection: $0.id, epoch: $0.epoch) }
        }
    }

    /// Whether the worker on a connection has been silent for so long that it gets nothing new.
    package func isSuspect(_ connection: ConnectionID) -> Bool {
        guard let worker = registry.worker(on: connection) else { return false }
        if case .suspect = registry.workers[Int(worker)].phase { return true }
        return false
    }

    /// Attempts that workers hold, connected or not.
    package var heldCount: Int { registry.runningCount }

    package func openDependencyCount(ofTask task: Int, in session: Int64) -> Int {
        sessions.read(session) { session in
            session.graph.dependencies(of: task).count {
                !session.graph.lifecycle[Int($0)].status.isTerminal
            }
        } ?? 0
    }

    /// Open tasks that do not run, by session.
    package func idleTasks() -> [(session: Int64, id: String, task: Int)] {
        sessions.numbers.flatMap { number in
            sessions.read(number) { session in
                session.graph.lifecycle.indices.filter {
                    let status = session.graph.lifecycle[$0].status
                    return !status.isTerminal && status != .running
                }.map { (number, session.sessionID, $0) }
            } ?? []
        }
    }

    /// The numbers of workers that get nothing but what they are kept free for.
    package var keptWorkers: [Int32] { room.kept.map(\.worker) }

    /// Attempts that were given out, and those of them that were second ones.
    package var hedgeCounts: (attempts: Int, hedges: Int) {
        (counters.dispatchedAttempts, counters.hedgedAttempts)
    }
}
