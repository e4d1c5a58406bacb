// When to start, restart and stop the processes of a local cluster: a plain value that turns what
// happens to them into what to do next. The shell (`ClusterSupervisor`) owns processes and clocks.

/// How a process ended.
enum ProcessEnding: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// It never ran.
    case notStarted(String)

    var described: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .notStarted(let reason): "could not be started: \(reason)"
        }
    }

    /// The exit code of a shell for it.
    var code: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal): 128 &+ signal
        case .notStarted: 127
        }
    }
}

/// Why a cluster stopped.
enum ClusterOutcome: Sendable, Equatable {
    /// Somebody asked for it.
    case stopped
    case failed(String)
    case commandEnded(ProcessEnding)
}

/// Supervises the processes of a cluster.
struct ClusterMachine: Sendable {
    /// The wait before the first restart; it doubles with each death in a row.
    static let restartDelay = Duration.milliseconds(500)
    static let maximumRestartDelay = Duration.seconds(30)
    /// A process that lived this long starts to count from one again.
    static let stableAfter = Duration.seconds(30)
    /// Deaths in a row after which a coordinator is given up.
    static let maximumCoordinatorDeaths = 5
    /// Deaths in a row of a worker, before the cluster is ready, after which it is given up.
    static let maximumStartDeaths = 3

    enum Event: Sendable, Equatable {
        case begin
        case ended(Int, ProcessEnding)
        case restartDue(Int)
        /// The coordinator is ready and all workers are registered.
        case ready
        case notReady(String)
        /// A signal came.
        case stopRequested
        /// The time between SIGTERM and SIGKILL is over.
        case graceOver
        /// What the coordinator says of pools; nothing where it did not answer.
        case watched([PoolReading])
    }

    /// What the coordinator says of a pool whose number of workers may change.
    struct PoolReading: Sendable, Equatable {
        /// By its place among the pools.
        var pool: Int
        /// How many workers there should be that are not leaving.
        var desired: Int
        /// Those that have nothing to do and are too many.
        var mayLeave: [Int]
        var reason: String
    }

    enum Effect: Sendable, Equatable {
        case start(Int)
        case restartLater(Int, after: Duration)
        /// Find out when the cluster is ready.
        case probe
        case announce
        case log(String)
        /// SIGTERM to these; `graceOver` follows later.
        case terminate([Int])
        case kill([Int])
        /// Have these leave when they have nothing to do, and after a while look at the pools.
        case watch(leaving: [Int])
        case finish(ClusterOutcome)
    }

    /// `starting` (to `ready` when all are registered, to `stopping`), `ready` (to `stopping`),
    /// `stopping` (to `over` when no process is left). `over` is final.
    private enum Phase: Sendable, Equatable {
        case starting
        case ready
        case stopping(ClusterOutcome)
        case over
    }

    private enum Process: Sendable, Equatable {
        case absent
        case running(since: Duration)
        /// It was asked to, and is not started again when it has.
        case leaving
        case resting
    }

    private let layout: [ClusterProcess]
    private let pools: [ClusterPool]
    private var phase = Phase.starting
    private var processes: [Process]
    /// Deaths in a row.
    private var deaths: [Int]

    init(processes layout: [ClusterProcess], pools: [ClusterPool] = []) {
        self.layout = layout
        self.pools = pools
        processes = layout.map { _ in .absent }
        deaths = layout.map { _ in 0 }
    }

    mutating func handle(_ event: Event, at now: Duration) -> [Effect] {
        switch (event, phase) {
        case (_, .over): return []
        case (.ended(let index, let ending), _) where layout.indices.contains(index):
            return ended(index, ending, at: now)
        case (.begin, .starting):
            let indices = layout.indices.filter {
                layout[$0].role != .command && !layout[$0].isSpare
            }
            return indices.map { start($0, at: now) } + [.probe]
        case (.restartDue(let index), .starting), (.restartDue(let index), .ready):
            guard layout.indices.contains(index), processes[index] == .resting else { return [] }
            return [start(index, at: now)]
        case (.ready, .starting):
            phase = .ready
            let command = layout.indices.filter { layout[$0].role == .command }
            return [.announce] + command.map { start($0, at: now) }
                + (pools.isEmpty ? [] : [.watch(leaving: [])])
        case (.watched(let readings), .ready): return follow(readings, at: now)
        case (.notReady(let reason), .starting): return stop(.failed(reason))
        case (.stopRequested, .starting), (.stopRequested, .ready):
            return [.log("stopping")] + stop(.stopped)
        case (.stopRequested, .stopping), (.graceOver, .stopping):
            return [.log("killing what still runs"), .kill(running)]
        default: return []
        }
    }

    private var running: [Int] {
        layout.indices.filter { isRunning($0) || processes[$0] == .leaving }
    }

    private func isRunning(_ index: Int) -> Bool {
        if case .running = processes[index] { true } else { false }
    }

    private mutating func start(_ index: Int, at now: Duration) -> Effect {
        processes[index] = .running(since: now)
        return .start(index)
    }

    private mutating func stop(_ outcome: ClusterOutcome) -> [Effect] {
        phase = .stopping(outcome)
        guard !running.isEmpty else { return finish(outcome) }
        return [.terminate(running)]
    }

    private mutating func finish(_ outcome: ClusterOutcome) -> [Effect] {
        phase = .over
        return [.finish(outcome)]
    }

    private mutating func ended(
        _ index: Int, _ ending: ProcessEnding, at now: Duration
    ) -> [Effect] {
        var lived = Duration.zero
        if case .running(let since) = processes[index] { lived = now - since }
        let wasLeaving = processes[index] == .leaving
        processes[index] = .absent
        if case .stopping(let outcome) = phase {
            return running.isEmpty ? finish(outcome) : []
        }
        if wasLeaving {
            deaths[index] = 0
            return [.log("\(layout[index].name) has left")]
        }
        deaths[index] = lived >= Self.stableAfter ? 1 : deaths[index] + 1
        switch layout[index].role {
        case .command: return stop(.commandEnded(ending))
        case .coordinator: return coordinatorDied(index, ending)
        case .worker: return workerDied(index, ending)
        }
    }

    // MARK: Pools

    private mutating func follow(_ readings: [PoolReading], at now: Duration) -> [Effect] {
        var effects: [Effect] = []
        var leaving: [Int] = []
        for reading in readings where pools.indices.contains(reading.pool) {
            let members = pools[reading.pool].members
            let wanted = members.filter { isRunning($0) || processes[$0] == .resting }
            let change = reading.desired - wanted.count
            let missing = members.filter { processes[$0] == .absent }.prefix(max(0, change))
            let surplus = surplus(of: wanted, reading, count: max(0, -change))
            if !missing.isEmpty || !surplus.isEmpty {
                let count = wanted.count + missing.count - surplus.count
                effects.append(
                    .log(
                        "\(pools[reading.pool].name): \(wanted.count) → \(count) workers: "
                            + reading.reason))
            }
            effects += missing.map { start($0, at: now) }
            // Also those that were asked before: the coordinator may not have heard.
            leaving += reading.mayLeave.filter { members.contains($0) && processes[$0] == .leaving }
        }
        return effects + [.watch(leaving: leaving)]
    }

    /// Takes out of service as many as are too many: those that wait to be started again, and of those that
    /// run the ones that have nothing to do.
    private mutating func surplus(
        of wanted: [Int], _ reading: PoolReading, count: Int
    ) -> [Int] {
        let resting = wanted.filter { processes[$0] == .resting }.suffix(count)
        for index in resting { processes[index] = .absent }
        let idle = reading.mayLeave.filter { wanted.contains($0) && isRunning($0) }
            .prefix(count - resting.count)
        for index in idle { processes[index] = .leaving }
        return Array(resting) + idle
    }

    // MARK: Deaths

    private mutating func coordinatorDied(_ index: Int, _ ending: ProcessEnding) -> [Effect] {
        if phase == .starting {
            return stop(.failed("the coordinator \(ending.described) before it was ready"))
        }
        guard deaths[index] < Self.maximumCoordinatorDeaths else {
            return stop(
                .failed(
                    "the coordinator \(ending.described), for the "
                        + "\(Self.maximumCoordinatorDeaths)th time in a row"))
        }
        return restart(index, ending)
    }

    private mutating func workerDied(_ index: Int, _ ending: ProcessEnding) -> [Effect] {
        if phase == .starting, deaths[index] >= Self.maximumStartDeaths {
            return stop(
                .failed(
                    "worker \(layout[index].name) does not stay up: it \(ending.described)"))
        }
        return restart(index, ending)
    }

    private mutating func restart(_ index: Int, _ ending: ProcessEnding) -> [Effect] {
        processes[index] = .resting
        let delay = Self.delay(afterDeaths: deaths[index])
        let text =
            "\(layout[index].name) \(ending.described); starting it again in "
            + Readable.seconds(delay.inSeconds)
        return [.log(text), .restartLater(index, after: delay)]
    }

    static func delay(afterDeaths deaths: Int) -> Duration {
        min(maximumRestartDelay, restartDelay * (1 << min(max(deaths - 1, 0), 10)))
    }
}
