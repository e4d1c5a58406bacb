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
        case resting
    }

    private let layout: [ClusterProcess]
    private var phase = Phase.starting
    private var processes: [Process]
    /// Deaths in a row.
    private var deaths: [Int]

    init(processes layout: [ClusterProcess]) {
        self.layout = layout
        processes = layout.map { _ in .absent }
        deaths = layout.map { _ in 0 }
    }

    mutating func handle(_ event: Event, at now: Duration) -> [Effect] {
        switch (event, phase) {
        case (_, .over): return []
        case (.ended(let index, let ending), _) where layout.indices.contains(index):
            return ended(index, ending, at: now)
        case (.begin, .starting):
            let indices = layout.indices.filter { layout[$0].role != .command }
            return indices.map { start($0, at: now) } + [.probe]
        case (.restartDue(let index), .starting), (.restartDue(let index), .ready):
            guard layout.indices.contains(index), processes[index] == .resting else { return [] }
            return [start(index, at: now)]
        case (.ready, .starting):
            phase = .ready
            let command = layout.indices.filter { layout[$0].role == .command }
            return [.announce] + command.map { start($0, at: now) }
        case (.notReady(let reason), .starting): return stop(.failed(reason))
        case (.stopRequested, .starting), (.stopRequested, .ready):
            return [.log("stopping")] + stop(.stopped)
        case (.stopRequested, .stopping), (.graceOver, .stopping):
            return [.log("killing what still runs"), .kill(running)]
        default: return []
        }
    }

    private var running: [Int] {
        layout.indices.filter { if case .running = processes[$0] { true } else { false } }
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
        processes[index] = .absent
        if case .stopping(let outcome) = phase {
            return running.isEmpty ? finish(outcome) : []
        }
        deaths[index] = lived >= Self.stableAfter ? 1 : deaths[index] + 1
        switch layout[index].role {
        case .command: return stop(.commandEnded(ending))
        case .coordinator: return coordinatorDied(index, ending)
        case .worker: return workerDied(index, ending)
        }
    }

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
