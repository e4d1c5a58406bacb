// How many replicas a pool should have.
//
// Little's law (Little, "A Proof for the Queuing Formula L = λW", Operations Research 9(3), 1961)
// read backwards: with c slots that are always busy, work of W slot-seconds is done in W ÷ c seconds. So
// that all that waits and runs now is done within a horizon H, there have to be W ÷ H slots. That is the
// work in the queue divided by a target, as dask's `Adaptive` (`target_duration`) and KEDA's queue scalers
// do it, and needs no measured rate of arrivals: when work comes faster than it is done, W grows, and with
// it the number of slots, until both rates are the same. There the queue holds H seconds of work, and
// whoever comes waits that long. What is short of time is the start of a replica, so H is the target wait
// less the start time: a burst grows for as long as the first replicas take to come, and still nobody waits
// for longer than the target. See `horizon` for its bounds.
//
// Every task counts for one slot at most: what runs for longer than H needs a slot of its own, and
// no number of them would make it faster. So a task counts for min(run time, H) ÷ H of a slot, and one that
// runs for min(what is left of it, H) ÷ H.
//
// What will be ready soon counts as well: tasks whose dependencies run or are ready. Sessions share slots
// fairly, so while work comes faster than it is done the first tasks of new sessions go before the later
// ones of older sessions; who did not count those until they are ready would see a burst's work when half of
// it is over.
//
// What was learned of run times may be wrong; that somebody waits is not. When the oldest task has waited
// for longer than half way between H and the target, the present replicas are scaled by its wait ÷ that,
// twofold at most, as Kubernetes' horizontal autoscaler scales by a metric's value ÷ its target.
//
// Why that costs little: as long as there is a queue no slot is idle, so what a replica costs beyond its work
// is its start and its end. The queue that the target wait allows is kept on purpose, also when there is
// little to do. The end is short because the window over which fewer must have sufficed before any
// leaves (Kubernetes' `stabilizationWindowSeconds`, 300 s there) is the start time: it pays to keep an idle
// replica for as long as another would cost to start, and no longer (the ski rental problem), 10 s at
// least. More are asked for when more have been needed for 2 s, so that what is done at once starts nothing.
//
// A replica that is busy is never asked to leave: the desired number is not below that of the busy ones.

import ScrivenerModel

/// Decides how many replicas a pool should have. It knows no clock and asks nobody.
struct PoolScaler: Sendable {
    /// Within how many seconds more must have been needed all the time before they are desired.
    static let upWindow = TimeSpan.seconds(2)
    static let shortestDownWindow = TimeSpan.seconds(10)
    /// By how much the wait of the oldest task scales the replicas, at most.
    private static let largestCorrection = 2.0

    let specification: PoolSpecification
    /// Within which time all that waits and runs should be done.
    let horizon: TimeSpan
    /// Who has waited for longer waits for too long.
    let longWait: TimeSpan
    let downWindow: TimeSpan
    private(set) var desired: Int
    private(set) var demand = PoolDemand()
    private(set) var replicas = PoolReplicas()
    private(set) var cause: ScalingCause
    /// Since when fewer are connected than are desired; `nil` when there are enough.
    private(set) var shortSince: Instant?
    private var up: SlidingExtreme
    private var down: SlidingExtreme

    init(_ specification: PoolSpecification) {
        self.specification = specification
        horizon = Self.horizon(of: specification)
        longWait = TimeSpan(
            nanoseconds: (horizon.nanoseconds + specification.targetQueueWait.nanoseconds) / 2)
        downWindow = max(specification.startTime, Self.shortestDownWindow)
        desired = specification.minimum
        cause = .minimum
        up = .smallest(within: Self.upWindow)
        down = .largest(within: downWindow)
    }

    /// The target wait less the start time; a third of the target at least, since a start that takes longer
    /// than the target cannot be hidden, and two thirds at most, for what is not known of run times.
    private static func horizon(of specification: PoolSpecification) -> TimeSpan {
        let target = specification.targetQueueWait.nanoseconds
        let left = target - specification.startTime.nanoseconds
        return TimeSpan(nanoseconds: max(1, min(max(left, target / 3), target / 3 * 2)))
    }

    /// The share of a slot that so much run time keeps busy.
    func share(of runTime: TimeSpan) -> Double {
        Double(min(max(runTime.nanoseconds, 0), horizon.nanoseconds))
            / Double(horizon.nanoseconds)
    }

    /// Takes in what is to be done now, and who is there.
    ///
    /// - Parameter isSettling: whether the coordinator has just started, so that replicas may be there
    ///   that it has not heard of yet.
    mutating func update(
        _ demand: PoolDemand, _ replicas: PoolReplicas, isSettling: Bool, at now: Instant
    ) {
        self.demand = demand
        self.replicas = replicas
        let needed = needed
        let lasting = up.add(needed, at: now)
        let recent = down.add(needed, at: now)
        // The first replica does not wait for proof that it is needed: nobody is there to do anything.
        let wanted = desired == 0 ? needed : max(lasting, min(desired, recent))
        cause =
            wanted > needed ? .recently(wanted, within: downWindow) : .work(needed)
        settle(on: wanted, isSettling: isSettling)
        if desired <= replicas.connected {
            shortSince = nil
        } else if shortSince == nil {
            shortSince = now
        }
    }

    /// What the work asks for, whatever is allowed.
    private var needed: Int {
        let slots = Double(specification.slots)
        // What sums of shares are off by starts no replica.
        var needed = max(0, demand.slots / slots - 1e-6).rounded(.up)
        if demand.queued > 0, demand.oldestWait > longWait {
            let ratio = demand.oldestWait.seconds / longWait.seconds
            let corrected = Double(replicas.connected) * min(ratio, Self.largestCorrection)
            let widest = (demand.widest / slots).rounded(.up)
            needed = max(needed, min(corrected.rounded(.up), widest))
        }
        return Int(min(needed, 1_000_000))
    }

    private mutating func settle(on wanted: Int, isSettling: Bool) {
        desired = min(max(wanted, specification.minimum), specification.maximum)
        if desired < wanted { cause = .maximum(wanted) }
        if desired > wanted { cause = .minimum }
        let present = replicas.connected + replicas.awaited
        if isSettling, desired < present {
            desired = present
            cause = .settling
        }
        if desired < replicas.busy {
            desired = replicas.busy
            cause = .busy
        }
    }

    /// For how long replicas have been missing, where that is so long that more is wrong than that they
    /// take their time: thrice the start time, 30 s at least.
    func overdue(at now: Instant) -> TimeSpan? {
        guard let missing = shortSince.map(now.since) else { return nil }
        let patience = max(3 * specification.startTime.seconds, 30)
        return missing.seconds > patience ? missing : nil
    }

    /// Replicas that may leave, by worker's number: idle ones alone, and as many as there are beyond what
    /// is desired. Those that came first stay.
    var mayLeave: ArraySlice<Int32> {
        replicas.idle.suffix(max(0, replicas.connected - desired))
    }
}

/// What decided how many replicas are desired.
enum ScalingCause: Sendable, Equatable {
    /// The work asks for so many.
    case work(Int)
    /// So many were needed a short while ago.
    case recently(Int, within: TimeSpan)
    /// There are never fewer.
    case minimum
    /// The work asks for so many, and there may not be more.
    case maximum(Int)
    /// They have something to do.
    case busy
    /// The coordinator waits for the replicas that it knew.
    case settling
}
