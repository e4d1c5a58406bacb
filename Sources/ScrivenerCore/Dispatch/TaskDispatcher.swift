// Which ready task goes next. For each demand (what a task requires) there is a queue of the
// sessions that have ready tasks for it, and for each of these its tasks in order. Among demands that
// can be served at the same time, the session that was served least goes first, and within one
// session the task with the smallest key, whatever it requires: so slots that could do several
// kinds of work go where the longest path is. A session at its concurrency limit stands aside until
// one of its tasks ends. Nothing here scans all tasks or all sessions.

import ScrivenerModel

/// Ready tasks, by what they require.
struct TaskDispatcher: Sendable {
    var queues: [DemandQueue] = []
    var fronts = QueueFronts()
    var share = FairShare()
    var pending = PendingDemands()
    /// Those in whose queues a session waits.
    var waiting = DemandSet()
    /// Those in whose queues nobody waits any more, since `takeEmptied`.
    var emptied = DemandSet()
    /// How many ready tasks stand in all queues; some of them may be over already.
    var queuedCount = 0
    /// How long what was taken had been ready.
    private(set) var waits = DurationTally()
    /// For each session that stands aside, where.
    private(set) var parked: [Int64: [Int32]] = [:]
    /// For each session, the demands in whose queues it has a lane.
    private(set) var demandsOf: [Int64: [Int32]] = [:]

    // MARK: Filling

    mutating func enqueue(
        _ task: TaskPriority, session: Int64, weight: Int, demand: Int32
    ) {
        insert(task, session: session, weight: weight, demand: demand)
        wake(demand)
    }

    mutating func insert(
        _ task: TaskPriority, session: Int64, weight: Int, demand: Int32
    ) {
        queuedCount += 1
        // Mostly the session is the only one that waits for the demand.
        if Int(demand) < queues.count, let lane = fronts.certainLane(demand, of: session) {
            queues[Int(demand)].add(task, to: lane)
            fronts.consider(demand, task)
            return
        }
        grow(to: demand)
        var isNew = false
        let lane = queues[Int(demand)].lane(of: session, isNew: &isNew)
        if isNew { noteDemand(demand, of: session) }
        if queues[Int(demand)].insert(task, into: lane) {
            enter(session, lane, weight: weight, demand: demand)
        }
        noteFront(demand)
    }

    private mutating func noteDemand(_ demand: Int32, of session: Int64) {
        demandsOf[session, default: []].append(demand)
    }

    private mutating func enter(_ session: Int64, _ lane: Int, weight: Int, demand: Int32) {
        share.enter(session, weight: weight)
        takeTurn(session, lane, demand: demand)
        queues[Int(demand)][lane].standing = .waiting
        waiting.insert(demand)
    }

    /// Of a session that `share` knows.
    private mutating func takeTurn(_ session: Int64, _ lane: Int, demand: Int32) {
        guard let flow = share.place(of: session) else { return }
        _ = queues[Int(demand)].turns.enter(
            TurnQueue.Turn(session: session, lane: Int32(lane), flow: Int32(flow)),
            tag: share.tag(at: flow))
    }

    private mutating func leave(
        _ session: Int64, _ lane: Int, demand: Int32, for standing: DemandQueue.Standing
    ) {
        if queues[Int(demand)].turns.leave(session) { share.leave(session) }
        queues[Int(demand)][lane].standing = standing
        guard queues[Int(demand)].turns.count == 0 else { return }
        waiting.remove(demand)
        if case .idle = standing { emptied.insert(demand) }
    }

    /// Looks at a demand again: an instance came, or a slot became free.
    @inline(always)
    mutating func wake(_ demand: Int32) { pending.add(demand) }

    /// The same for all that an instance can serve.
    @inline(always)
    mutating func wake(_ demands: DemandSet) { pending.add(demands) }

    /// The same, where they lie in the first word of a set.
    @inline(always)
    mutating func wake(word: UInt64) { pending.add(word: word) }

    /// Looks at all demands again: a limit of the whole pool has room.
    mutating func wakeAll() { pending.add(waiting) }

    /// What a demand's head was made of has changed: if it is pending, it may be more urgent now.
    private mutating func refresh(_ demand: Int32) {
        if pending.contains(demand) { pending.add(demand) }
    }

    /// A task of the session ended: it may start another.
    mutating func unpark(_ session: Int64, weight: Int) {
        guard !parked.isEmpty, let demands = parked.removeValue(forKey: session) else { return }
        for demand in demands {
            guard let lane = queues[Int(demand)].lane(of: session),
                queues[Int(demand)][lane].standing == .parked
            else { continue }
            enter(session, lane, weight: weight, demand: demand)
            noteFront(demand)
            wake(demand)
        }
    }

    /// Makes the keys of a session's tasks anew: what they were made of has changed.
    mutating func rekey(_ session: Int64, _ key: (TaskPriority) -> PriorityKey) {
        for demand in demandsOf[session] ?? [] {
            guard let lane = queues[Int(demand)].lane(of: session) else { continue }
            let tasks = queues[Int(demand)][lane].tasks.unordered.map { old in
                var new = old
                new.key = key(old)
                return new
            }
            queues[Int(demand)][lane].tasks = ReadyTasks(tasks)
            noteFront(demand)
            refresh(demand)
        }
    }

    mutating func remove(session: Int64) {
        if !parked.isEmpty { parked[session] = nil }
        for demand in demandsOf.removeValue(forKey: session) ?? [] {
            guard let lane = queues[Int(demand)].remove(session) else { continue }
            queuedCount -= lane.tasks.count
            _ = queues[Int(demand)].turns.leave(session)
            if queues[Int(demand)].turns.count == 0 {
                waiting.remove(demand)
                emptied.insert(demand)
            }
            noteFront(demand)
        }
        share.remove(session)
    }

    // MARK: Serving

    /// None of those that are pending can be served: whatever changes that wakes them again.
    mutating func forgetPending() { pending.removeAll() }

    /// Something has changed in a demand's queue.
    @inline(always)
    mutating func noteFront(_ demand: Int32) {
        guard let (turn, first) = queues[Int(demand)].only else {
            fronts.forget(demand)
            return
        }
        // Mostly it is the same session's as before.
        if fronts[demand].isCertain, fronts[demand].session == turn.session {
            fronts.change(demand, first)
        } else {
            fronts.set(
                demand,
                QueueFronts.Front(
                    session: turn.session, first: first, lane: turn.lane, flow: turn.flow,
                    isCertain: true))
        }
    }

    /// The session whose turn it is and its first task, without taking it.
    @inline(always)
    mutating func front(_ demand: Int32) -> (session: Int64, task: Int32)? {
        guard Int(demand) < queues.count else { return nil }
        if fronts[demand].isCertain {
            return (fronts[demand].session, fronts[demand].first.task)
        }
        return frontAmongSeveral(demand)
    }

    // Apart: what is seldom is not to be in the way of what is done with every event.
    @inline(never)
    private mutating func frontAmongSeveral(_ demand: Int32) -> (session: Int64, task: Int32)? {
        guard let lane = laneAmongSeveral(demand), let first = queues[Int(demand)][lane].tasks.min
        else { return nil }
        return (queues[Int(demand)][lane].session, first.task)
    }

    /// The session whose turn it is, without taking it.
    @inline(always)
    mutating func turn(_ demand: Int32) -> Int64? {
        guard Int(demand) < queues.count else { return nil }
        if fronts[demand].isCertain { return fronts[demand].session }
        return lane(demand).map { queues[Int(demand)][$0].session }
    }

    /// The lane of the session whose turn it is.
    @inline(always)
    mutating func lane(_ demand: Int32) -> Int? {
        guard Int(demand) < queues.count else { return nil }
        if fronts[demand].isCertain { return Int(fronts[demand].lane) }
        return laneAmongSeveral(demand)
    }

    @inline(never)
    private mutating func laneAmongSeveral(_ demand: Int32) -> Int? {
        queues[Int(demand)].next(share)?.lane
    }

    /// The first task of the session whose turn it is, without taking it.
    @inline(always)
    mutating func firstTask(_ demand: Int32) -> Int32? { firstEntry(demand)?.task }

    @inline(always)
    mutating func firstEntry(_ demand: Int32) -> TaskPriority? {
        guard Int(demand) < queues.count else { return nil }
        if fronts[demand].isCertain { return fronts[demand].first }
        return lane(demand).flatMap { queues[Int(demand)][$0].tasks.min }
    }

    /// Takes the first task of the session whose turn it is, which is charged for it.
    ///
    /// - Parameter cost: the task's expected run time.
    mutating func takeTask(_ demand: Int32, cost: TimeSpan, at now: Instant) {
        guard Int(demand) < queues.count else { return }
        let front = fronts[demand]
        if front.isCertain {
            waits.add(front.first.wait(at: now))
            share.charge(at: Int(front.flow), cost: cost)
            removeFirst(of: Int(front.lane), demand: demand)
        } else {
            guard let lane = laneAmongSeveral(demand) else { return }
            if let first = queues[Int(demand)].firstTask(of: lane) {
                waits.add(first.wait(at: now))
            }
            share.charge(queues[Int(demand)][lane].session, cost: cost)
            removeFirst(of: lane, demand: demand)
        }
        guard share.wantsRebase else { return }
        let base = share.rebase()
        for queue in queues.indices { queues[queue].turns.rebase(by: base) }
    }

    /// Drops the first task of the session whose turn it is: it is no longer ready.
    mutating func dropTask(_ demand: Int32) {
        if let lane = lane(demand) { removeFirst(of: lane, demand: demand) }
    }

    /// A task cost another time than it was charged for.
    mutating func settle(_ session: Int64, charged: TimeSpan, actual: TimeSpan) {
        let old = share.tag(of: session)
        share.settle(session, charged: charged, actual: actual)
        guard let old, let new = share.tag(of: session), new < old else { return }
        for demand in demandsOf[session] ?? [] {
            guard let lane = queues[Int(demand)].lane(of: session),
                queues[Int(demand)][lane].standing == .waiting
            else { continue }
            takeTurn(session, lane, demand: demand)
            refresh(demand)
        }
    }

    @inline(always)
    mutating func removeFirst(of lane: Int, demand: Int32) {
        guard queues[Int(demand)].removeFirst(of: lane) else { return }
        queuedCount -= 1
        if let next = queues[Int(demand)].firstTask(of: lane), fronts[demand].isCertain,
            Int(fronts[demand].lane) == lane
        {
            fronts.change(demand, next)
            return
        }
        leaveIfEmpty(lane, demand)
        noteFront(demand)
    }

    mutating func leaveIfEmpty(_ lane: Int, _ demand: Int32) {
        guard queues[Int(demand)][lane].tasks.isEmpty else { return }
        leave(queues[Int(demand)][lane].session, lane, demand: demand, for: .idle)
    }

    /// The session whose turn it is may not start another task: it stands aside.
    mutating func park(_ demand: Int32) {
        guard let lane = lane(demand) else { return }
        let session = queues[Int(demand)][lane].session
        leave(session, lane, demand: demand, for: .parked)
        noteFront(demand)
        parked[session, default: []].append(demand)
    }

    private mutating func grow(to demand: Int32) {
        guard queues.count <= demand else { return }
        while queues.count <= demand {
            queues.append(DemandQueue())
            fronts.append()
        }
    }
}
