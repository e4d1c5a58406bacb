// What people ask about the pool, and about a session as the pool sees it.

import ScrivenerCore
import ScrivenerHTTP
import ScrivenerModel
import ScrivenerShell

extension Gateway {
    // MARK: Workers

    func workers() async throws(ScrivenerError) -> [WorkerRecord] {
        let reply = await ask { .query(.workers, $0) }
        guard case .workers(let workers) = reply else { throw unexpected(reply) }
        return workers
    }

    func pools() async throws(ScrivenerError) -> [WorkerPoolRecord] {
        let reply = await ask { .query(.workerPools, $0) }
        guard case .workerPools(let pools) = reply else { throw unexpected(reply) }
        return pools
    }

    func drain(worker id: String) async throws(ScrivenerError) -> WorkerRecord {
        let reply = await ask { .control(.drainWorker(id: id), $0) }
        switch reply {
        case .done: break
        case .notOpen: throw Self.workerNotFound(id)
        default: throw unexpected(reply)
        }
        guard let worker = try await workers().first(where: { $0.workerID == id }) else {
            throw Self.workerNotFound(id)
        }
        return worker
    }

    private static func workerNotFound(_ id: String) -> ScrivenerError {
        ScrivenerError(.workerNotFound, "no worker has the id \(id)")
    }

    // MARK: Agents

    func agents() async throws(ScrivenerError) -> [AgentRecord] {
        let reply = await ask { .query(.agents, $0) }
        guard case .agents(let agents) = reply else { throw unexpected(reply) }
        return agents
    }

    func metrics(
        ofAgent name: String, since: HistoryStart?, step: Double
    ) async throws(ScrivenerError) -> AgentMetrics {
        let start = since.map(Self.time)
        let reply = await ask {
            .query(.agentMetrics(name: name, since: start, step: .seconds(step)), $0)
        }
        switch reply {
        case .agentMetrics(let metrics): return metrics
        case .notOpen: throw ScrivenerError(.agentNotFound, "no agent has the name \(name)")
        default: throw unexpected(reply)
        }
    }

    static func time(of start: HistoryStart) -> WallTime {
        switch start {
        case .at(let time): return time
        case .ago(let seconds):
            let age = TimeSpan.seconds(seconds).milliseconds
            return WallTime(
                millisecondsSince1970: BootClock.wall.millisecondsSince1970 &- age)
        }
    }

    // MARK: The whole

    func status() async throws(ScrivenerError) -> OrchestratorStatus {
        let reply = await ask { .query(.orchestratorStatus, $0) }
        guard case .orchestratorStatus(let status) = reply else { throw unexpected(reply) }
        return status
    }

    func registry() async throws(ScrivenerError) -> RegistryStatus {
        let reply = await ask { .query(.registryStatus, $0) }
        guard case .registryStatus(let status) = reply else { throw unexpected(reply) }
        return status
    }

    // MARK: Journal

    func backUp() async throws(ScrivenerError) -> JournalBackup {
        let stamp = BootClock.wall.millisecondsSince1970
        let path = "\(settings.dataDirectory)/backups/journal-\(stamp).sqlite"
        try await journal.backUp(to: path)
        return JournalBackup(path: path)
    }

    // MARK: Diagnosis

    func diagnostics(_ id: String) async throws(ScrivenerError) -> SessionDiagnostics {
        let reply = await ask { .query(.diagnose(sessionID: id), $0) }
        let snapshot: SessionSnapshot
        var explanations: [Explanation] = []
        var unusual: [OpenDiagnosis.UnusualRunTime] = []
        switch reply {
        case .diagnosis(let open):
            (snapshot, explanations) = (open.snapshot, open.explanations)
            unusual = open.unusualRunTimes
        case .notOpen: snapshot = try await archived(id)
        default: throw unexpected(reply)
        }
        let (annexes, _) = try await journal.records(of: snapshot, withPayloads: false)
        var context = try await context(of: snapshot)
        for type in unusual { context.unusualRunTimes[type.taskType] = type.runTime }
        return SessionDiagnosis.diagnose(
            snapshot, explanations: explanations, annexes: annexes, context: context)
    }

    /// What is known of a session beside its snapshot: the pool around it while it is open. What has
    /// ended reads the same for ever, whatever the pool has become.
    func context(
        of snapshot: SessionSnapshot
    ) async throws(ScrivenerError) -> TimelineContext {
        guard snapshot.session.endedAt == nil else { return TimelineContext() }
        return TimelineContext(now: BootClock.wall, slots: Self.slots(of: try await workers()))
    }

    /// How many attempts of each agent the pool can run at once.
    private static func slots(of workers: [WorkerRecord]) -> [String: Int] {
        workers.filter { $0.state != "lost" }.flatMap(\.instances)
            .reduce(into: [:]) { slots, instance in
                slots[instance.agent, default: 0] += instance.maxConcurrentExecutions
            }
    }
}
