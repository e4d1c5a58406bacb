// Waiting on purpose: where instances differ in speed, a task may be done sooner on a slot that is
// still busy than on one that is free. `Timetable` decides; here it is given what it has to know.

import ScrivenerModel

/// What a task that could run at once waits for.
struct FasterSlot: Sendable, Equatable {
    var instance: Int32
    /// How much sooner it is expected to be done there.
    var gain: TimeSpan
    /// When it is looked at again at the latest.
    var until: Instant
}

/// One look at a demand's queue and at the instances that could serve it.
private struct PlacementPass {
    let demand: Int32
    let instances: [Int32]
    var table = Timetable([])
    /// Tasks that wait, and are out of the queue until the pass is over.
    var waiting: [(session: Int64, task: TaskPriority)] = []
    /// Whatever is to be looked at first.
    var soonest: FasterSlot?
    var taken = 0

    init(demand: Int32, instances: [Int32]) {
        self.demand = demand
        self.instances = instances
    }

    var goesOn: Bool { table.hasRoom && waiting.count < Timetable.lookahead }
}

extension OrchestratorCore {
    /// Waiting has to gain a twentieth of the run time, as in `Timetable`.
    private static let leastGainPercent: Int64 = 105

    /// Whether a busy instance is so much faster for a task than the place that it could have now
    /// that waiting may be worth it. In a pool of equals it never is.
    ///
    /// - Parameter here: how long it is expected to run at that place.
    @inline(always)
    mutating func isWorthAPass(
        _ start: TaskStart, _ demand: Int32, instead place: Int32, here: TimeSpan, at now: Instant
    ) -> Bool {
        guard configuration.placement == .performanceAware, start.mayWait else { return false }
        // Nobody waits for so little: a task that takes no longer loses nothing here.
        guard here > Timetable.shortestWait else { return false }
        let here = here.nanoseconds
        let enough = here / Self.leastGainPercent * 100
        // In a pool of equals nobody can be so much faster.
        guard performance.least(kind: start.kind, stated: start.stated).nanoseconds < enough else {
            return false
        }
        // Of what is known for certain: a task is not made to wait for what may be chance.
        let certain = certain(start, on: place, at: now).lower / Self.leastGainPercent * 100
        let wanted = registry.eligible[Int(demand)].wanted
        for other in wanted.prefix(Timetable.lookedAt) where other != place {
            guard registry.instances[Int(other)].freeSlots == 0 else { continue }
            if self.certain(start, on: other, at: now).upper < certain { return true }
        }
        return false
    }

    /// Between which nanoseconds a task's expected run time on an instance lies.
    private func certain(
        _ start: TaskStart, on instance: Int32, at now: Instant
    ) -> (lower: Int64, upper: Int64) {
        let expected = expected(start, on: instance, at: now).nanoseconds
        let error = performance.relativeError(
            kind: start.kind, isStated: start.stated != nil,
            row: registry.instances[Int(instance)].row, at: now)
        let (product, overflow) = expected.multipliedReportingOverflow(by: error)
        let margin = overflow ? expected : product / InstanceSpeed.one
        return (expected - margin, expected + margin)
    }

    @inline(always)
    func expected(_ start: TaskStart, on instance: Int32, at now: Instant) -> TimeSpan {
        performance.expected(
            kind: start.kind, stated: start.stated, row: registry.instances[Int(instance)].row,
            at: now)
    }

    /// One pass over a demand's queue: each of its first tasks takes a slot or waits for a better
    /// one, and the last may take what is left.
    ///
    /// - Parameter place: an instance that can take the first task now.
    /// - Returns: whether the demand is worth another look: nobody waits, and something moved.
    mutating func waitOrTake(
        _ first: TaskStart, _ demand: Int32, insteadOf place: Int32,
        orders: inout DispatchOrders, at now: Moment, into outcome: inout Outcome
    ) -> Bool {
        let eligible = service(of: demand, at: now.instant)
        var random = random
        let sample = Timetable.sample(of: eligible.count, random: &random) {
            eligible[$0] == place
        }
        self.random = random
        var pass = PlacementPass(demand: demand, instances: sample.map { eligible[$0] })
        pass.table = Timetable(
            pass.instances.map { timetable(of: $0, for: first, demand, at: now.instant) })
        while pass.goesOn, registry.runningCount < configuration.maximumRunningAttempts,
            let start = nextStart(demand), start.mayPrefetch == first.mayPrefetch,
            decide(start, &pass, orders: &orders, at: now, into: &outcome)
        {}
        if pass.waiting.count == Timetable.lookahead || standsInTheWay(demand, of: pass) {
            giveToLast(&pass, orders: &orders, at: now, into: &outcome)
        }
        for (session, task) in pass.waiting {
            let weight = sessions.read(session) { $0.weight } ?? 1
            dispatcher.putBack(task, session: session, weight: weight, demand: demand)
        }
        guard let soonest = pass.soonest else { return pass.taken > 0 }
        waits[demand] = soonest
        timers.add(.patience(demand: demand), at: soonest.until)
        return false
    }

    /// Whether tasks wait, and the next is one that may not: those behind it may be many, and a slow
    /// slot would stand idle for the sake of one that was tried before.
    private mutating func standsInTheWay(_ demand: Int32, of pass: PlacementPass) -> Bool {
        guard !pass.waiting.isEmpty, let session = dispatcher.turn(demand),
            let task = dispatcher.firstTask(demand),
            let start = sessions.read(session, { TaskStart(task, in: $0, for: demand) }) ?? nil
        else { return false }
        return !start.mayWait
    }

    /// - Returns: whether the pass goes on.
    private mutating func decide(
        _ start: TaskStart, _ pass: inout PlacementPass, orders: inout DispatchOrders,
        at now: Moment, into outcome: inout Outcome
    ) -> Bool {
        let instances = pass.instances
        let waited = waited(pass.demand, at: now.instant)
        let decision = pass.table.place(waited: waited) { place in
            runTime(start, on: instances[place], at: now.instant)
        }
        switch decision {
        case .take(let place):
            guard let resources = vacancy(start, pass.demand, on: instances[place]) else {
                return false
            }
            dispatcher.takeTask(
                pass.demand, cost: expectedRunTime(start, at: now.instant), at: now.instant)
            dispatch(
                start, to: Place(instance: instances[place], resources: resources),
                orders: &orders, at: now, into: &outcome)
            pass.taken += 1
            return true
        case .wait(let place, let until, let gain):
            guard let aside = dispatcher.setAside(pass.demand) else { return false }
            pass.waiting.append(aside)
            let slot = FasterSlot(
                instance: instances[place], gain: gain, until: now.instant.advanced(by: until))
            if slot.until < pass.soonest?.until ?? .distantFuture { pass.soonest = slot }
            return true
        case nil: return false
        }
    }

    /// A slow slot is best spent on what least depends on.
    private mutating func giveToLast(
        _ pass: inout PlacementPass, orders: inout DispatchOrders, at now: Moment,
        into outcome: inout Outcome
    ) {
        let (demand, instances) = (pass.demand, pass.instances)
        while pass.table.hasRoom, registry.runningCount < configuration.maximumRunningAttempts,
            let session = dispatcher.turn(demand), let last = dispatcher.lastTask(demand),
            sessions.read(session, { $0.hasRoom }) == true,
            let start = sessions.read(session, { TaskStart(last.task.task, in: $0) }) ?? nil,
            start.mayWait
        {
            let waited = now.instant.since(last.task.ready(asOf: now.instant))
            let decision = pass.table.placeLast(between: last.count - 1, waited: waited) { place in
                runTime(start, on: instances[place], at: now.instant)
            }
            guard case .take(let place) = decision,
                let resources = vacancy(start, demand, on: instances[place])
            else { return }
            dispatcher.takeLastTask(demand, cost: expectedRunTime(start, at: now.instant))
            dispatch(
                start, to: Place(instance: instances[place], resources: resources),
                orders: &orders, at: now, into: &outcome)
        }
    }

    /// What a task takes of an instance; `nil` when what was given out in this pass has left too
    /// little, or its agent runs as often as it may.
    private mutating func vacancy(
        _ start: TaskStart, _ demand: Int32, on instance: Int32
    ) -> [ReservedResource]? {
        guard !isAtLimit(agent: registry.instances[Int(instance)].agent) else { return nil }
        return reservation(start, demand, on: instance)
    }

    /// The first task of the demand's queue that may start. What may not is dropped, or stands aside
    /// with its session; one that cannot wait ends the pass.
    private mutating func nextStart(_ demand: Int32) -> TaskStart? {
        while let session = dispatcher.turn(demand) {
            guard sessions.read(session, { $0.hasRoom }) == true else {
                dispatcher.park(demand)
                continue
            }
            guard let task = dispatcher.firstTask(demand),
                let start = sessions.read(session, { TaskStart(task, in: $0, for: demand) }) ?? nil
            else {
                dispatcher.dropTask(demand)
                continue
            }
            return start.mayWait ? start : nil
        }
        return nil
    }

    private mutating func waited(_ demand: Int32, at now: Instant) -> TimeSpan {
        dispatcher.firstEntry(demand).map { now.since($0.ready(asOf: now)) } ?? .zero
    }

    private func runTime(
        _ start: TaskStart, on instance: Int32, at now: Instant
    ) -> Timetable.RunTime {
        let mean = expected(start, on: instance, at: now)
        guard start.stated == nil else { return Timetable.RunTime(mean: mean) }
        return Timetable.RunTime(
            mean: mean, deviation: performance.deviation(kind: start.kind, of: mean))
    }

    /// One whose worker has too little left of what the task takes is not waited for: nobody knows
    /// when there will be more.
    private func timetable(
        of number: Int32, for start: TaskStart, _ demand: Int32, at now: Instant
    ) -> Timetable.Instance {
        let instance = registry.instances[Int(number)]
        let held = registry.workers[Int(instance.worker)].held.values
        let busy = held.filter { $0.agent == instance.agent }.map {
            Timetable.remaining(of: $0.expected, after: now.since($0.dispatchedAt))
        }
        return Timetable.Instance(
            slots: instance.offer.slots, used: instance.used,
            limit: instance.offer.slots
                + (start.mayPrefetch ? prefetch(start.kind, on: number, at: now) : 0),
            busy: Array(busy.sorted().prefix(Timetable.lookahead)),
            idle: now.since(instance.freeSince),
            errorPermille: performance.errorPermille(row: instance.row, at: now),
            admission: isAtLimit(agent: instance.agent)
                || registry.reservation(
                    demand, memory: performance.peakMemoryMebibytes(kind: start.kind),
                    worker: instance.worker) == nil
                ? .probeRunning : admission(of: number, at: now))
    }
}
