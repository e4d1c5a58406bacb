// A session's attempts on one axis: seconds since its submission. Results that were taken over from another
// session took no time in this one.
//
// Wall clocks give the stamps, and a wall clock can be set back or run differently from a worker's.
// The axis therefore keeps what every figure relies on: nothing happens before the submission or
// after the end, nothing ends before it begins, and no agent was at work for longer than its attempt
// was out. Stamps that say otherwise are moved to the nearest moment that fits, and counted.

package import ScrivenerModel

/// What is known of a session beside its snapshot.
package struct TimelineContext: Sendable, Equatable {
    /// Until when an open session is looked at; the latest stamp in it, where absent.
    package var now: WallTime?
    /// Slots of agents in the pool. Of an agent that is absent, as many are taken to be there as
    /// were at work at once.
    package var slots: [String: Int]
    /// Beyond which run time a task of a type is unusual, where that has been learned.
    package var unusualRunTimes: [String: TimeSpan]

    package init(
        now: WallTime? = nil, slots: [String: Int] = [:],
        unusualRunTimes: [String: TimeSpan] = [:]
    ) {
        self.now = now
        self.slots = slots
        self.unusualRunTimes = unusualRunTimes
    }
}

/// Attempts in seconds since the submission of their session.
struct Timeline {
    struct Attempt {
        /// Its place in `agents`.
        var agent: Int
        var dispatched: Double
        /// When its agent began, as far as is known: run time before the end.
        var began: Double
        var ended: Double
        /// How long its agent was at work.
        var runTime: Double
        var isOpen: Bool
        var isCompleted: Bool
        var isFailed: Bool
    }

    /// In order of name.
    private(set) var agents: [String]
    /// In task order, and in each task in the order of their dispatch.
    private(set) var attempts: [Attempt] = []
    /// Where the attempts of each task begin, and one more.
    private var starts: [Int] = [0]
    private(set) var makespan: Double
    /// Stamps that lie before one that they cannot lie before.
    private(set) var clockJumps = 0

    /// Stamps have milliseconds and run times are finer: an attempt may have run for so much longer
    /// than its stamps say.
    private static let resolution = 0.001

    init(_ snapshot: SessionSnapshot, _ context: TimelineContext) {
        let axis = Axis(origin: snapshot.session.submittedAt)
        agents = Set(snapshot.tasks.lazy.flatMap(\.ownExecutions).map(\.agent)).sorted()
        makespan = axis.end(of: snapshot, now: context.now)
        let places = Dictionary(uniqueKeysWithValues: agents.enumerated().map { ($1, $0) })
        for task in snapshot.tasks {
            for execution in task.ownExecutions {
                let attempt = Self.attempt(
                    execution, axis, until: makespan, agent: places[execution.agent] ?? 0)
                attempts.append(attempt)
            }
            starts.append(attempts.count)
        }
        clockJumps = Self.clockJumps(snapshot)
    }

    /// Places in `attempts`.
    func attempts(of task: Int) -> Range<Int> { starts[task]..<starts[task + 1] }

    private static func attempt(
        _ execution: ExecutionSnapshot, _ axis: Axis, until end: Double, agent: Int
    ) -> Attempt {
        let dispatched = axis.seconds(execution.dispatchedAt)
        let ended = max(dispatched, execution.endedAt.map(axis.seconds) ?? end)
        let out = ended - dispatched
        // The slot of an attempt that ended with its worker was taken all the time, and nobody is
        // left who could say for how long its agent was at work.
        let isWhole = execution.endedAt == nil || execution.failureClass == .workerLost
        let reported = max(0, execution.runTime.seconds)
        let runTime = isWhole ? out : min(reported, out + resolution)
        return Attempt(
            agent: agent, dispatched: dispatched, began: max(dispatched, ended - runTime),
            ended: ended, runTime: runTime, isOpen: execution.endedAt == nil,
            isCompleted: execution.outcome == .completed, isFailed: execution.hasFailed)
    }

    private static func clockJumps(_ snapshot: SessionSnapshot) -> Int {
        let session = snapshot.session
        let transitions = session.statusTransitions
        var jumps = zip(transitions, transitions.dropFirst()).count { $1.at < $0.at }
        for execution in snapshot.tasks.lazy.flatMap(\.ownExecutions) {
            let ended = execution.endedAt ?? execution.dispatchedAt
            let isEarly = execution.dispatchedAt < session.submittedAt
            if isEarly || ended < execution.dispatchedAt { jumps += 1 }
        }
        return jumps
    }
}

extension ExecutionSnapshot {
    /// Whether it failed, or was lost with its worker. What was handed back before it began, or
    /// stopped, has not.
    var hasFailed: Bool { outcome == .failed || failureClass == .workerLost }
}

/// Stamps in seconds since one of them.
private struct Axis {
    let origin: WallTime

    /// Not before the origin. In floating point, where no difference of stamps can overflow.
    func seconds(_ time: WallTime) -> Double {
        let since = Double(time.millisecondsSince1970) - Double(origin.millisecondsSince1970)
        return max(0, since / 1_000)
    }

    /// When a session ended, or until when it is looked at.
    func end(of snapshot: SessionSnapshot, now: WallTime?) -> Double {
        let session = snapshot.session
        var latest = session.endedAt ?? now ?? session.submittedAt
        if session.endedAt == nil {
            latest = session.statusTransitions.reduce(latest) { max($0, $1.at) }
            latest = session.stateTransitions.reduce(latest) { max($0, $1.at) }
        }
        for execution in snapshot.tasks.lazy.flatMap(\.ownExecutions) {
            latest = max(latest, execution.dispatchedAt, execution.endedAt ?? latest)
        }
        return seconds(latest)
    }
}
