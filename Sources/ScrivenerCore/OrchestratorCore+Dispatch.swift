// Attempts begin: ready tasks get their keys, and the most urgent of them go to instances that can
// take them. What waits on a worker for a slot is asked back when a better place is free.

import ScrivenerModel

extension OrchestratorCore {
    // MARK: Ready tasks

    /// Gives the dispatcher what became ready in a session.
    mutating func enqueueReady(of number: Int64, at now: Instant) {
        numberClasses(of: number)
        rankIfDue(number, at: now)
        giveReady(of: number, at: now)
    }

    /// The same, where all classes are numbered and no ranks are due.
    private mutating func giveReady(of number: Int64, at now: Instant) {
        let ordering = configuration.ordering
        sessions.modify(number) { $0.giveReady(to: &dispatcher, ordering, at: now) }
    }

    /// Looks types and demands up that are new to a session, so that neither a dispatch nor an end
    /// has to.
    @inline(always)
    mutating func numberClasses(of number: Int64) {
        guard sessions.read(number, { $0.rules.count < $0.graph.classes.count }) == true else {
            return
        }
        numberNewClasses(of: number)
    }

    private mutating func numberNewClasses(of number: Int64) {
        let new = sessions.read(number) { Array($0.graph.classes.dropFirst($0.rules.count)) }
        let rules = (new ?? []).map { taskClass in
            let weight = typeWeight(taskClass.taskType)
            return ClassRule(
                taskClass, kind: performance.kind(of: taskClass.taskType, weight: weight),
                demand: registry.number(of: taskClass.demand), weight: weight)
        }
        for rule in rules where rule.traits.contains(.runsAlone) { room.noteAlone(rule.demand) }
        sessions.modify(number) { $0.rules += rules }
    }

    func typeWeight(_ type: String) -> Int {
        configuration.typeWeights[type] ?? CoreConfiguration.defaultTypeWeight
    }

    // MARK: Dispatch

    /// Starts what can start, the most urgent first.
    mutating func dispatchReady(at now: Moment, into outcome: inout Outcome) {
        var orders = DispatchOrders()
        if !room.isIdle { _ = reviewRooms(at: now.instant) }
        repeat {
            while mayStart, let demand = dispatcher.takePending() {
                if !waits.isEmpty { waits[demand] = nil }
                if dispatchOne(demand, orders: &orders, at: now, into: &outcome) {
                    dispatcher.wake(demand)
                }
            }
        } while !room.isIdle && reviewRooms(at: now.instant)
        dispatcher.forgetPending()
        send(orders, into: &outcome)
    }

    /// Whether a slot may be found for any task. When there is none, no demand need be looked at:
    /// the end of an attempt wakes those that wait for its slot.
    @inline(always)
    private var mayStart: Bool {
        mutating get {
            !registry.open.isEmpty || !waits.isEmpty || !room.kept.isEmpty || mayPrefetch
                || (!room.alone.isEmpty && room.alone.contains(where: dispatcher.holdsTasks))
        }
    }

    @inline(always)
    mutating func send(_ orders: DispatchOrders, into outcome: inout Outcome) {
        guard let only = orders.only else {
            if orders.areSeveral { sendAll(orders, into: &outcome) }
            return
        }
        guard let connection = registry.workers[Int(only.worker)].connection else { return }
        outcome.effects.append(
            .dispatch(connection.id, epoch: connection.epoch, OrderList(only.order)))
    }

    private mutating func sendAll(_ orders: DispatchOrders, into outcome: inout Outcome) {
        let size = max(1, configuration.maximumDispatchesPerMessage)
        for (worker, all) in orders.entries {
            guard let connection = registry.workers[Int(worker)].connection else { continue }
            for batch in DispatchOrders.batches(all, of: size) {
                outcome.effects.append(
                    .dispatch(connection.id, epoch: connection.epoch, OrderList(batch)))
            }
        }
    }

    /// - Returns: whether something moved, so that the demand is worth another look.
    private mutating func dispatchOne(
        _ demand: Int32, orders: inout DispatchOrders, at now: Moment, into outcome: inout Outcome
    ) -> Bool {
        guard let (session, task) = dispatcher.front(demand) else { return false }
        var hasRoom = false
        var first: TaskStart?
        sessions.modify(session) {
            hasRoom = $0.hasRoom
            if hasRoom { first = TaskStart(task, in: $0, for: demand) }
        }
        guard hasRoom else {
            dispatcher.park(demand)
            return true
        }
        // What was cancelled or held while it waited is still in the queue.
        guard let start = first else {
            dispatcher.dropTask(demand)
            return true
        }
        guard registry.runningCount < configuration.maximumRunningAttempts else { return false }
        if !room.isIdle, let kept = placeInKeptRoom(start, demand: demand, at: now.instant) {
            if start.runsAlone {
                dispatcher.takeTask(
                    demand, cost: expectedRunTime(start, at: now.instant), at: now.instant)
                dispatch(start, to: kept, orders: &orders, at: now, into: &outcome)
                moveIn(start.attempt, demand: demand)
                return true
            }
            // Where it has just failed only when there is no other place.
            let hasFailedThere = start.failedAt == circuit(of: kept.instance)
            let other = hasFailedThere ? place(start, demand: demand, at: now.instant) : nil
            dispatcher.takeTask(
                demand, cost: expectedRunTime(start, at: now.instant), at: now.instant)
            dispatch(start, to: other ?? kept, orders: &orders, at: now, into: &outcome)
            noteRoom(for: demand)
            return true
        }
        guard !start.runsAlone, let place = place(start, demand: demand, at: now.instant) else {
            noteNoRoom(for: start, demand: demand, at: now.instant)
            return false
        }
        let expected = expected(start, on: place.instance, at: now.instant)
        if isWorthAPass(
            start, demand, instead: place.instance, here: expected, at: now.instant)
        {
            return waitOrTake(
                start, demand, insteadOf: place.instance, orders: &orders, at: now, into: &outcome)
        }
        registry.anticipate(
            start.attempt, worker: registry.instances[Int(place.instance)].worker)
        dispatcher.takeTask(
            demand, cost: expectedRunTime(start, at: now.instant), at: now.instant)
        if let (session, next) = dispatcher.front(demand) {
            sessions.look(at: session) { $0.graph.lifecycle.anticipate(Int(next)) }
        }
        dispatch(start, to: place, expected, orders: &orders, at: now, into: &outcome)
        if !room.isIdle { noteRoom(for: demand) }
        return true
    }

    /// What the plan says of a task's run time, or what was learned of its type.
    @inline(always)
    func expectedRunTime(_ start: TaskStart, at now: Instant) -> TimeSpan {
        start.stated ?? performance.durations.estimate(type: start.kind, at: now)
    }

    mutating func dispatch(
        _ start: TaskStart, to place: Place, orders: inout DispatchOrders, at now: Moment,
        into outcome: inout Outcome
    ) {
        let expected = expected(start, on: place.instance, at: now.instant)
        dispatch(start, to: place, expected, orders: &orders, at: now, into: &outcome)
    }

    /// - Parameter expected: how long it is expected to run there.
    private mutating func dispatch(
        _ start: TaskStart, to place: Place, _ expected: TimeSpan, orders: inout DispatchOrders,
        at now: Moment, into outcome: inout Outcome
    ) {
        let attempt = start.attempt
        let key = circuit(of: place.instance)
        registry.hold(
            attempt, worker: key.worker, agent: key.agent, instance: place.instance,
            slots: start.slots, resources: place.resources, expected: expected, at: now.instant)
        circuits.began(attempt, by: key, at: now.instant)
        counters.dispatchedAttempts += 1
        let isWatched = keepDispatch(
            of: attempt, worker: key.worker, agent: key.agent, at: now, into: &outcome)
        if isWatched { noteChange(of: attempt.session) }
        scheduleHedge(start, on: place.instance, at: now.instant)
        orders.add(
            DispatchOrder(
                attempt: attempt,
                agentIndex: registry.instances[Int(place.instance)].agentIndex,
                number: registry.dispatchNumber(of: key.worker),
                timeout: start.timeout, progressTimeout: start.progressTimeout,
                isExclusive: start.isExclusive, isAtMostOnce: start.isAtMostOnce,
                slots: start.slots),
            worker: key.worker)
    }

    // MARK: Recall

    /// Where an instance has come to rest while attempts wait on others for a slot, the youngest of
    /// the longest such queue is asked back. It is not lost to its worker until that says so.
    mutating func recallForIdle(into outcome: inout Outcome) {
        guard !idleInstances.isEmpty else { return }
        for idle in idleInstances { recall(for: idle, into: &outcome) }
        idleInstances.removeAll(keepingCapacity: true)
    }

    /// An instance has come into service: what waits on others for a slot may run there.
    mutating func noteIdle(_ instance: Int32) {
        let free = min(Int(registry.instances[Int(instance)].freeSlots), registry.prefetchedCount)
        idleInstances.append(contentsOf: repeatElement(instance, count: max(0, free)))
    }

    private mutating func recall(for idle: Int32, into outcome: inout Outcome) {
        let instance = registry.instances[Int(idle)]
        guard instance.isListed, instance.freeSlots > 0 else { return }
        for demand in instance.demands {
            guard !dispatcher.isWanted(demand) else { return }
            let others = registry.eligible[Int(demand)].wanted.prefix(InstanceChoice.lookedAt * 2)
            let fullest = others.filter { $0 != idle }.max {
                registry.instances[Int($0)].prefetched < registry.instances[Int($1)].prefetched
            }
            guard let fullest, registry.instances[Int(fullest)].prefetched > 0,
                recallYoungest(of: fullest, demand: demand, into: &outcome)
            else { continue }
            return
        }
    }

    private mutating func recallYoungest(
        of instance: Int32, demand: Int32, into outcome: inout Outcome
    ) -> Bool {
        let (worker, agent) = (
            registry.instances[Int(instance)].worker, registry.instances[Int(instance)].agent
        )
        let held = registry.workers[Int(worker)].held
        let waiting = zip(held.keys, held.values).filter {
            $0.1.isPrefetched && !$0.1.isRecalled && $0.1.agent == agent
        }
        let youngest = waiting.max { $0.1.order < $1.1.order }?.0
        guard let youngest, let connection = registry.workers[Int(worker)].connection,
            sessions.read(youngest.session, { $0.demand(of: Int(youngest.task)) }) == demand
        else { return false }
        registry.noteRecall(youngest, worker: worker)
        outcome.effects.append(
            .send(connection.id, .recall(epoch: connection.epoch, attempts: [youngest])))
        return true
    }
}

extension Session {
    /// Gives the dispatcher what became ready.
    @inline(always)
    mutating func giveReady(
        to dispatcher: inout TaskDispatcher, _ ordering: TaskOrdering, at now: Instant
    ) {
        // By place: the list is changed when all of it has been looked at.
        for place in 0..<graph.newlyReady.count {
            let task = graph.newlyReady[place]
            dispatcher.enqueue(
                TaskPriority(
                    task: task, ready: now, key: key(of: Int(task), ready: now, ordering)),
                session: number, weight: weight, demand: demand(of: Int(task)))
        }
        forgetNewlyReady()
    }

    /// A ready task's key among those of its session. Inlined and `mutating`, as much that is asked of
    /// a session in place: another call would copy the whole of it.
    @inline(always)
    mutating func key(
        of task: Int, ready: Instant, _ ordering: TaskOrdering
    ) -> PriorityKey {
        let isRanked = ordering == .criticalPath
        return scale.key(
            ready: ready, priority: Int(graph.priority(of: task)),
            remaining: isRanked ? ranks.remaining(task) : scale.longest,
            weight: isRanked ? Int(rules[graph.kind(of: task)].weight) : 0)
    }
}

/// Orders by worker, in the order in which workers got their first.
struct DispatchOrders {
    /// While there is no other: mostly an event starts one attempt, and needs no memory of its own.
    private(set) var only: (worker: Int32, order: DispatchOrder)?
    /// Where there are several.
    private(set) var entries: [(worker: Int32, orders: [DispatchOrder])] = []
    /// Where each worker stands in the list; empty as long as a look at all is quicker.
    private var places: [Int32: Int] = [:]

    private static let few = 8

    var areSeveral: Bool { !entries.isEmpty }

    @inline(always)
    mutating func add(_ order: DispatchOrder, worker: Int32) {
        guard only != nil || areSeveral else {
            only = (worker, order)
            return
        }
        addToSeveral(order, worker: worker)
    }

    @inline(never)
    private mutating func addToSeveral(_ order: DispatchOrder, worker: Int32) {
        if let first = only {
            only = nil
            list(first.order, worker: first.worker)
        }
        list(order, worker: worker)
    }

    private mutating func list(_ order: DispatchOrder, worker: Int32) {
        let known = places.isEmpty ? entries.firstIndex { $0.worker == worker } : places[worker]
        if let known {
            entries[known].orders.append(order)
            return
        }
        entries.append((worker, [order]))
        if entries.count == Self.few {
            for (place, entry) in entries.enumerated() { places[entry.worker] = place }
        } else if entries.count > Self.few {
            places[worker] = entries.count - 1
        }
    }

    /// What a worker is sent, in messages of at most so many orders.
    static func batches(_ all: [DispatchOrder], of size: Int) -> [[DispatchOrder]] {
        guard all.count > size else { return [all] }
        return stride(from: 0, to: all.count, by: size).map {
            Array(all[$0..<min($0 + size, all.count)])
        }
    }
}
