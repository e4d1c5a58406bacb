// Which ready task goes next. For each demand (what a task requires) there is a queue of the
// sessions that have ready tasks for it, and for each of these a heap of tasks. Among demands that
// can be served at the same time, the session that was served least goes first, and within one
// session the task with the smallest key, whatever it requires: so slots that could do several
// kinds of work go where the longest path is. A session at its concurrency limit stands aside until
// one of its tasks ends. Nothing here scans all tasks or all sessions.

import DequeModule
import HeapModule
import ScrivenerModel

/// Ready tasks, by what they require.
struct TaskDispatcher: Sendable {
    private var queues: [DemandQueue] = []
    private var share = FairShare()
    /// Demands at which something changed since they were last looked at: heads of queues, the most
    /// urgent first. An entry may be more urgent than the truth, and is put right when it is taken.
    private var pending = Heap<Head>()
    /// For each demand that is pending, the entry that counts; a less urgent one may be left over.
    private var pendingHeads: [Head?] = []
    /// How many ready tasks stand in all queues; some of them may be over already.
    private(set) var queuedCount = 0
    /// For each session that stands aside, where.
    private var parked: [Int64: [Int32]] = [:]

    private struct DemandQueue: Sendable {
        var turns = TurnQueue()
        var lanes: [Int64: Heap<TaskPriority>] = [:]
    }

    /// The first task of a demand's queue.
    private struct Head: Comparable, Sendable {
        var tag: UInt64
        var first: TaskPriority
        var demand: Int32

        static func < (left: Head, right: Head) -> Bool {
            (left.tag, left.first, left.demand) < (right.tag, right.first, right.demand)
        }
    }

    // MARK: Filling

    mutating func enqueue(
        _ task: TaskPriority, session: Int64, weight: Int, demand: Int32
    ) {
        grow(to: demand)
        queues[Int(demand)].lanes[session, default: Heap()].insert(task)
        let isFirst = queues[Int(demand)].lanes[session]?.min?.task == task.task
        queuedCount += 1
        if parked[session]?.contains(demand) != true, !queues[Int(demand)].turns.contains(session) {
            share.enter(session, weight: weight)
            _ = queues[Int(demand)].turns.enter(session, tag: share.tag(of: session) ?? 0)
        }
        if isFirst || pendingHeads[Int(demand)] == nil { wake(demand) }
    }

    /// Looks at a demand again: an instance came, or a slot became free.
    mutating func wake(_ demand: Int32) {
        grow(to: demand)
        guard let head = head(of: demand) else { return }
        if let known = pendingHeads[Int(demand)], known <= head { return }
        pendingHeads[Int(demand)] = head
        pending.insert(head)
    }

    /// What a demand's head was made of has changed: if it is pending, it may be more urgent now.
    private mutating func refresh(_ demand: Int) {
        if pendingHeads[demand] != nil { wake(Int32(demand)) }
    }

    /// Looks at all demands again: a limit of the whole pool has room.
    mutating func wakeAll() {
        for demand in queues.indices { wake(Int32(demand)) }
    }

    /// A task of the session ended: it may start another.
    mutating func unpark(_ session: Int64, weight: Int) {
        guard let demands = parked.removeValue(forKey: session) else { return }
        for demand in demands where queues[Int(demand)].lanes[session] != nil {
            share.enter(session, weight: weight)
            _ = queues[Int(demand)].turns.enter(session, tag: share.tag(of: session) ?? 0)
            wake(demand)
        }
    }

    /// Makes the keys of a session's tasks anew: what they were made of has changed.
    mutating func rekey(_ session: Int64, _ key: (TaskPriority) -> PriorityKey) {
        for demand in queues.indices {
            guard let lane = queues[demand].lanes[session] else { continue }
            let tasks = lane.unordered.map { old in
                var new = old
                new.key = key(old)
                return new
            }
            queues[demand].lanes[session] = Heap(tasks)
            refresh(demand)
        }
    }

    mutating func remove(session: Int64) {
        parked[session] = nil
        for demand in queues.indices {
            guard let lane = queues[demand].lanes.removeValue(forKey: session) else { continue }
            queuedCount -= lane.count
            _ = queues[demand].turns.leave(session)
        }
        share.remove(session)
    }

    // MARK: Serving

    /// The demand that is to be looked at next.
    mutating func takePending() -> Int32? {
        while let first = pending.popMin() {
            guard first == pendingHeads[Int(first.demand)] else { continue }
            pendingHeads[Int(first.demand)] = nil
            guard let head = head(of: first.demand) else { continue }
            // One that has fallen back has to wait for the others.
            guard head <= first || pending.isEmpty else {
                pendingHeads[Int(first.demand)] = head
                pending.insert(head)
                continue
            }
            return first.demand
        }
        return nil
    }

    private mutating func head(of demand: Int32) -> Head? {
        guard let (session, tag) = queues[Int(demand)].turns.next(share),
            let first = queues[Int(demand)].lanes[session]?.min
        else { return nil }
        return Head(tag: tag, first: first, demand: demand)
    }

    /// The session whose turn it is, without taking it.
    mutating func turn(_ demand: Int32) -> Int64? {
        guard Int(demand) < queues.count else { return nil }
        return queues[Int(demand)].turns.next(share)?.session
    }

    /// The first task of the session whose turn it is, without taking it.
    mutating func firstTask(_ demand: Int32) -> Int32? {
        turn(demand).flatMap { queues[Int(demand)].lanes[$0]?.min?.task }
    }

    mutating func firstEntry(_ demand: Int32) -> TaskPriority? {
        turn(demand).flatMap { queues[Int(demand)].lanes[$0]?.min }
    }

    /// Takes the first task of the session whose turn it is, which is charged for it.
    ///
    /// - Parameter cost: the task's expected run time.
    mutating func takeTask(_ demand: Int32, cost: TimeSpan) {
        guard let session = turn(demand) else { return }
        share.charge(session, cost: cost)
        removeFirst(of: session, demand: demand)
        guard share.wantsRebase else { return }
        let base = share.rebase()
        for queue in queues.indices { queues[queue].turns.rebase(by: base) }
    }

    /// Drops the first task of the session whose turn it is: it is no longer ready.
    mutating func dropTask(_ demand: Int32) {
        turn(demand).map { removeFirst(of: $0, demand: demand) }
    }

    /// A task cost another time than it was charged for.
    mutating func settle(_ session: Int64, charged: TimeSpan, actual: TimeSpan) {
        let old = share.tag(of: session)
        share.settle(session, charged: charged, actual: actual)
        guard let old, let new = share.tag(of: session), new < old else { return }
        for demand in queues.indices where queues[demand].turns.contains(session) {
            _ = queues[demand].turns.enter(session, tag: new)
            refresh(demand)
        }
    }

    /// Takes the first task of the session whose turn it is, without charging for it.
    mutating func setAside(_ demand: Int32) -> (session: Int64, task: TaskPriority)? {
        guard let session = turn(demand), let first = queues[Int(demand)].lanes[session]?.min else {
            return nil
        }
        removeFirst(of: session, demand: demand)
        return (session, first)
    }

    /// Puts a task back that was set aside.
    mutating func putBack(
        _ task: TaskPriority, session: Int64, weight: Int, demand: Int32
    ) {
        queues[Int(demand)].lanes[session, default: Heap()].insert(task)
        queuedCount += 1
        guard parked[session]?.contains(demand) != true,
            !queues[Int(demand)].turns.contains(session)
        else { return }
        share.enter(session, weight: weight)
        _ = queues[Int(demand)].turns.enter(session, tag: share.tag(of: session) ?? 0)
    }

    /// The last task of the session whose turn it is, and how many it has waiting for the demand.
    mutating func lastTask(_ demand: Int32) -> (task: TaskPriority, count: Int)? {
        guard let session = turn(demand), let lane = queues[Int(demand)].lanes[session],
            let last = lane.max
        else { return nil }
        return (last, lane.count)
    }

    /// Takes the last task of the session whose turn it is, which is charged for it.
    mutating func takeLastTask(_ demand: Int32, cost: TimeSpan) {
        guard let session = turn(demand), queues[Int(demand)].lanes[session]?.popMax() != nil else {
            return
        }
        queuedCount -= 1
        share.charge(session, cost: cost)
        leaveIfEmpty(session, demand)
    }

    private mutating func leaveIfEmpty(_ session: Int64, _ demand: Int32) {
        guard queues[Int(demand)].lanes[session]?.isEmpty == true else { return }
        queues[Int(demand)].lanes[session] = nil
        if queues[Int(demand)].turns.leave(session) { share.leave(session) }
    }

    private mutating func removeFirst(of session: Int64, demand: Int32) {
        guard queues[Int(demand)].lanes[session]?.popMin() != nil else { return }
        queuedCount -= 1
        leaveIfEmpty(session, demand)
    }

    /// The session whose turn it is may not start another task: it stands aside.
    mutating func park(_ demand: Int32) {
        guard let session = turn(demand) else { return }
        if queues[Int(demand)].turns.leave(session) { share.leave(session) }
        parked[session, default: []].append(demand)
    }

    // MARK: Reading

    /// Whether anything that may start waits for the demand.
    mutating func isWanted(_ demand: Int32) -> Bool { turn(demand) != nil }

    /// Whether a task will be found when its demand is served, or its session may go on.
    func willFind(_ task: Int32, session: Int64, demand: Int32) -> Bool {
        guard Int(demand) < queues.count, let lane = queues[Int(demand)].lanes[session],
            lane.unordered.contains(where: { $0.task == task })
        else { return false }
        let isParked = parked[session]?.contains(demand) == true
        return queues[Int(demand)].turns.contains(session) != isParked
    }

    /// Whether nothing of any session is left here.
    var isEmpty: Bool {
        parked.isEmpty && share.count == 0 && queuedCount == 0
            && queues.allSatisfy { $0.lanes.isEmpty && $0.turns.count == 0 }
    }

    private mutating func grow(to demand: Int32) {
        while queues.count <= demand {
            queues.append(DemandQueue())
            pendingHeads.append(nil)
        }
    }
}
