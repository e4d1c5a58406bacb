// Which ready task goes next: for each demand a ring of sessions that have ready tasks for it, and
// for each session in it a heap of tasks. Sessions take turns, so none can starve another; a
// session at its concurrency limit leaves the ring until one of its tasks ends. Nothing here scans
// all tasks or all sessions.

import DequeModule
import HeapModule

/// Ready tasks, by what they require.
struct TaskDispatcher: Sendable {
    private var queues: [DemandQueue] = []
    /// Demands at which something changed since they were last served, in the order of change.
    private(set) var pending = Deque<Int32>()
    private var isPending: [Bool] = []
    /// For each session that stands aside, where.
    private var parked: [Int64: [Int32]] = [:]

    private struct DemandQueue: Sendable {
        var ring = Deque<Int64>()
        var lanes: [Int64: Lane] = [:]
    }

    private struct Lane: Sendable {
        var tasks = Heap<TaskPriority>()
        var isInRing = false
    }

    // MARK: Filling

    mutating func enqueue(_ task: Int32, session: Int64, demand: Int32) {
        grow(to: demand)
        queues[Int(demand)].lanes[session, default: Lane()].tasks.insert(
            TaskPriority(task: task))
        if parked[session]?.contains(demand) != true {
            enterRing(session, demand: demand)
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
            enterRing(session, demand: demand)
            wake(demand)
        }
    }

    mutating func remove(session: Int64) {
        parked[session] = nil
        for demand in queues.indices where queues[demand].lanes[session] != nil {
            queues[demand].lanes[session] = nil
            queues[demand].ring.removeAll { $0 == session }
        }
    }

    // MARK: Serving

    mutating func takePending() -> Int32? {
        guard let demand = pending.popFirst() else { return nil }
        isPending[Int(demand)] = false
        return demand
    }

    /// The session whose turn it is, without taking it.
    func turn(_ demand: Int32) -> Int64? { queues[Int(demand)].ring.first }

    /// The first task of the session whose turn it is, without taking it.
    func firstTask(_ demand: Int32) -> Int32? {
        turn(demand).flatMap { queues[Int(demand)].lanes[$0]?.tasks.min?.task }
    }

    /// Takes the first task of the session whose turn it is, and gives the next its turn.
    mutating func takeTask(_ demand: Int32) -> (session: Int64, task: Int32)? {
        guard let session = queues[Int(demand)].ring.popFirst() else { return nil }
        guard let first = queues[Int(demand)].lanes[session]?.tasks.popMin() else {
            queues[Int(demand)].lanes[session] = nil
            return nil
        }
        if queues[Int(demand)].lanes[session]?.tasks.isEmpty == false {
            queues[Int(demand)].ring.append(session)
        } else {
            queues[Int(demand)].lanes[session] = nil
        }
        return (session, first.task)
    }

    /// The session whose turn it is may not start another task: it stands aside.
    mutating func park(_ demand: Int32) {
        guard let session = queues[Int(demand)].ring.popFirst() else { return }
        queues[Int(demand)].lanes[session]?.isInRing = false
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
        let isInRing = queues[Int(demand)].ring.contains(session)
        let isParked = parked[session]?.contains(demand) == true
        return isInRing == lane.isInRing && isInRing != isParked
    }

    private mutating func enterRing(_ session: Int64, demand: Int32) {
        guard queues[Int(demand)].lanes[session]?.isInRing == false else { return }
        queues[Int(demand)].lanes[session]?.isInRing = true
        queues[Int(demand)].ring.append(session)
    }

    private mutating func grow(to demand: Int32) {
        while queues.count <= demand {
            queues.append(DemandQueue())
            isPending.append(false)
        }
    }
}
