// What waits for one demand: a lane of tasks for each session that has asked for it, and whose turn
// it is among those that wait.

import ScrivenerModel

/// The sessions that have ready tasks for one demand.
struct DemandQueue: Sendable {
    /// A session's ready tasks. It stays, empty, until the session ends: it will mostly be filled
    /// again.
    struct Lane: Sendable {
        var session: Int64
        var tasks = ReadyTasks()
        var standing = Standing.idle
    }

    /// Where a lane's session stands.
    enum Standing: Sendable {
        /// Waits for nothing here.
        case idle
        /// In `turns`.
        case waiting
        /// At its limit: stands aside until one of its tasks ends.
        case parked
    }

    var turns = TurnQueue()
    private(set) var lanes: [Lane] = []
    private var vacant: [Int] = []
    private var placeOf: [Int64: Int] = [:]
    /// The lane that was looked for last: most often it is the next as well.
    private var recent = 0

    /// The lane of a session, which may have been made for it now.
    ///
    /// - Parameter isNew: set when it was.
    mutating func lane(of session: Int64, isNew: inout Bool) -> Int {
        if let place = lane(of: session) { return place }
        isNew = true
        let place = vacant.popLast() ?? lanes.count
        let lane = Lane(session: session)
        if place == lanes.count { lanes.append(lane) } else { lanes[place] = lane }
        placeOf[session] = place
        recent = place
        return place
    }

    mutating func lane(of session: Int64) -> Int? {
        if recent < lanes.count, lanes[recent].session == session { return recent }
        guard let place = placeOf[session] else { return nil }
        recent = place
        return place
    }

    /// - Returns: the session's lane as it was.
    mutating func remove(_ session: Int64) -> Lane? {
        guard let place = placeOf.removeValue(forKey: session) else { return nil }
        let lane = lanes[place]
        // No session has this number.
        lanes[place] = Lane(session: -1)
        vacant.append(place)
        return lane
    }

    /// Whose turn it is, and since when.
    @inline(always)
    mutating func next(_ share: FairShare) -> (lane: Int, tag: UInt64)? {
        turns.next(share).map { (Int($0.turn.lane), $0.tag) }
    }

    /// Puts a task into a lane.
    ///
    /// - Returns: whether its session waited for nothing here before.
    @inline(always)
    mutating func insert(_ task: TaskPriority, into lane: Int) -> Bool {
        lanes[lane].tasks.insert(task)
        if case .idle = lanes[lane].standing { return true }
        return false
    }

    /// Puts a task into a lane whose session waits here.
    @inline(always)
    mutating func add(_ task: TaskPriority, to lane: Int) { lanes[lane].tasks.insert(task) }

    /// - Returns: whether there was a task.
    @inline(always)
    mutating func removeFirst(of lane: Int) -> Bool { lanes[lane].tasks.popMin() != nil }

    @inline(always)
    func firstTask(of lane: Int) -> TaskPriority? { lanes[lane].tasks.min }

    /// Where one session waits, its turn and its first task.
    @inline(always)
    var only: (turn: TurnQueue.Turn, first: TaskPriority)? {
        guard let turn = turns.only, let first = lanes[Int(turn.lane)].tasks.min else { return nil }
        return (turn, first)
    }

    subscript(lane: Int) -> Lane {
        @inline(always) _read { yield lanes[lane] }
        @inline(always) _modify { yield &lanes[lane] }
    }

    func find(_ session: Int64) -> Lane? { placeOf[session].map { lanes[$0] } }

    /// Whether no session has ever asked, or all that did have ended.
    var isEmpty: Bool { placeOf.isEmpty && turns.count == 0 }
}
