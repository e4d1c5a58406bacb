// Which ready task goes next: for each demand a fair share among the sessions that have ready tasks
// for it, and for each of them a heap of tasks. What a session is served counts by expected run
// time, so neither many tasks nor long ones starve another; a session at its concurrency limit
// stands aside until one of its tasks ends. Nothing here scans all tasks or all sessions.

import DequeModule
import HeapModule
import ScrivenerModel

/// Ready tasks, by what they require.
struct TaskDispatcher: Sendable {
    private var queues: [DemandQueue] = []
    /// Demands at which something changed since they were last served, in the order of change.
    private(set) var pending = Deque<Int32>()
    private var isPending: [Bool] = []
    /// For each session that stands aside, where.
    private var parked: [Int64: [Int32]] = [:]

    private struct DemandQueue: Sendable {
        var share = FairShare()
        var lanes: [Int64: Lane] = [:]
    }

    private struct Lane: Sendable {
        var tasks = Heap<TaskPriority>()
    }

    // MARK: Filling

    mutating func enqueue(_ task: Int32, session: Int64, demand: Int32) {
        grow(to: demand)
        queues[Int(demand)].lanes[session, default: Lane()].tasks.insert(
            TaskPriority(task: task))
        if parked[session]?.contains(demand) != true {
            queues[Int(demand)].share.wait(session)
        }
        wake(demand)
    }

    /// Looks at a demand again: an instance came, or a slot became free.
    mutating func wake(_ demand: Int32) {
        grow(to: demand)
        guard !isPending[Int(demand)] else { return }
        isPending[Int(demand)] = true
        pending.append(demand)
    }

    /// A task of the session ended: it may start another.
    mutating func unpark(_ session: Int64) {
        guard let demands = parked.removeValue(forKey: session) else { return }
        for demand in demands {
            queues[Int(demand)].share.wait(session)
            wake(demand)
        }
    }

    mutating func remove(session: Int64) {
        parked[session] = nil
        for demand in queues.indices {
            queues[demand].lanes[session] = nil
            queues[demand].share.remove(session)
        }
    }

    // MARK: Serving

    mutating func takePending() -> Int32? {
        guard let demand = pending.popFirst() else { return nil }
        isPending[Int(demand)] = false
        return demand
    }

    /// The session whose turn it is, without taking it.
    func turn(_ demand: Int32) -> Int64? { queues[Int(demand)].share.next }

    /// The first task of the session whose turn it is, without taking it.
    func firstTask(_ demand: Int32) -> Int32? {
        turn(demand).flatMap { queues[Int(demand)].lanes[$0]?.tasks.min?.task }
    }

    /// Takes the first task of the session whose turn it is, which is charged for it.
    ///
    /// - Parameter cost: the task's expected run time.
    mutating func takeTask(_ demand: Int32, cost: TimeSpan) {
        queues[Int(demand)].share.serve(cost: cost).map { removeFirst(of: $0, demand: demand) }
    }

    /// Drops the first task of the session whose turn it is: it is no longer ready.
    mutating func dropTask(_ demand: Int32) {
        turn(demand).map { removeFirst(of: $0, demand: demand) }
    }

    private mutating func removeFirst(of session: Int64, demand: Int32) {
        _ = queues[Int(demand)].lanes[session]?.tasks.popMin()
        guard queues[Int(demand)].lanes[session]?.tasks.isEmpty != false else { return }
        queues[Int(demand)].lanes[session] = nil
        queues[Int(demand)].share.rest(session)
    }

    /// The session whose turn it is may not start another task: it stands aside.
    mutating func park(_ demand: Int32) {
        guard let session = turn(demand) else { return }
        queues[Int(demand)].share.rest(session)
        parked[session, default: []].append(demand)
    }

    // MARK: Reading

    /// How many tasks of all sessions stand before a session's in a demand, roughly.
    func queued(_ demand: Int32) -> Int {
        guard Int(demand) < queues.count else { return 0 }
        return queues[Int(demand)].lanes.values.reduce(0) { $0 + $1.tasks.count }
    }

    /// Whether a task will be found when its demand is served, or its session may go on.
    func willFind(_ task: Int32, session: Int64, demand: Int32) -> Bool {
        guard Int(demand) < queues.count, let lane = queues[Int(demand)].lanes[session],
            lane.tasks.unordered.contains(where: { $0.task == task })
        else { return false }
        let isParked = parked[session]?.contains(demand) == true
        return queues[Int(demand)].share.isWaiting(session) != isParked
    }

    /// Whether nothing of any session is left here.
    var isEmpty: Bool {
        parked.isEmpty && queues.allSatisfy { $0.lanes.isEmpty && $0.share.count == 0 }
    }

    private mutating func grow(to demand: Int32) {
        while queues.count <= demand {
            queues.append(DemandQueue())
            isPending.append(false)
        }
    }
}
