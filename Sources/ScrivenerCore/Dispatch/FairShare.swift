// What sessions were served: they share slots in proportion to their weights, however many tasks
// each has waiting, however long its tasks are, and whatever its tasks require.
//
// Start-time fair queueing (Goyal, Vin, Cheng, "Start-time Fair Queuing", SIGCOMM 1996): each
// session has a start tag, the virtual time at which its next task is due; the smallest is served,
// virtual time becomes that tag, and the session's tag moves on by cost ÷ weight. A session that
// comes, or comes back, starts at the present virtual time: it neither waits behind a long queue
// nor draws on the time in which it asked for nothing. For two sessions that both have work
// waiting, the service per weight differs by at most one task of each (theorem 1 there), whatever
// the number of slots. We chose it over deficit round robin because a task's cost is an estimate,
// and over weighted fair queueing because it needs no simulated ideal server.
//
// There is one virtual time for the pool, and one tag a session, for all that it waits for: what it
// is served of one kind counts when another is handed out. Who is first in the queue for one demand
// is `TurnQueue`'s to say.
//
// Cost is expected run time and is charged when a task is handed out, prefetched or not: what lies
// unstarted on a worker counts as served. `settle` corrects the charge when the truth is known.

import ScrivenerModel

/// What sessions were served.
struct FairShare: Sendable {
    static var weights: ClosedRange<Int> { 1...1_000 }
    /// A task's cost in virtual time at weight 1 is its microseconds times this.
    private static let scale: UInt64 = 1_024
    /// The largest cost of one task: 12 days.
    private static let maximumCostMicroseconds: Int64 = 1 << 40
    /// Where tags are moved back to the beginning, and beyond which none is told apart.
    private static let rebaseAt: UInt64 = 1 << 62
    private static let maximumTag: UInt64 = 1 << 63

    private struct Flow: Sendable {
        var weight: UInt64
        /// The virtual time at which the next task is due.
        var tag: UInt64
        /// In how many queues it waits.
        var queues: Int
    }

    private var flows: [Flow] = []
    private var vacant: [Int] = []
    /// Where each session's flow is.
    private var places = SessionPlaces()
    private(set) var virtualTime: UInt64 = 0
    /// How many sessions wait in some queue.
    private(set) var waitingCount = 0

    /// How many sessions are known.
    var count: Int { places.count }
    /// Whether tags have grown so large that they are to be moved back.
    var wantsRebase: Bool { virtualTime >= Self.rebaseAt }

    /// When the session's next task is due; `nil` when it is not known.
    func tag(of session: Int64) -> UInt64? { places[session].map { flows[$0].tag } }

    /// Where a session's tag lies, for as long as the session is known.
    func place(of session: Int64) -> Int? { places[session] }

    @inline(always)
    func tag(at place: Int) -> UInt64 { flows[place].tag }

    // MARK: Who waits

    /// A session waits in one more queue.
    mutating func enter(_ session: Int64, weight: Int) {
        let place = places[session] ?? add(session)
        flows[place].weight = Self.clamped(weight)
        if flows[place].queues == 0 {
            flows[place].tag = max(flows[place].tag, virtualTime)
            waitingCount += 1
        }
        flows[place].queues += 1
    }

    private mutating func add(_ session: Int64) -> Int {
        let flow = Flow(weight: 1, tag: virtualTime, queues: 0)
        let place = vacant.popLast() ?? flows.count
        if place == flows.count { flows.append(flow) } else { flows[place] = flow }
        places.insert(session, at: place)
        return place
    }

    /// A session waits in one queue less. What it was served is remembered, so that leaving and
    /// coming back gains nothing.
    mutating func leave(_ session: Int64) {
        guard let place = places[session] else { return }
        flows[place].queues -= 1
        if flows[place].queues == 0 { waitingCount -= 1 }
    }

    /// Forgets a session that ended.
    mutating func remove(_ session: Int64) {
        guard let place = places.remove(session) else { return }
        if flows[place].queues > 0 { waitingCount -= 1 }
        vacant.append(place)
    }

    // MARK: Serving

    /// A task of the session whose tag lies at a place was handed out.
    mutating func charge(at place: Int, cost: TimeSpan) {
        let flow = flows[place]
        virtualTime = max(virtualTime, min(flow.tag, Self.rebaseAt))
        flows[place].tag = min(
            flow.tag + Self.charge(cost, weight: flow.weight), Self.maximumTag)
    }

    /// A task of the session was handed out.
    mutating func charge(_ session: Int64, cost: TimeSpan) {
        if let place = places[session] { charge(at: place, cost: cost) }
    }

    /// A task's true cost is known, or it was handed back and cost nothing.
    mutating func settle(_ session: Int64, charged: TimeSpan, actual: TimeSpan) {
        guard let place = places[session] else { return }
        let flow = flows[place]
        let down = Self.charge(charged, weight: flow.weight)
        var tag = min(flow.tag + Self.charge(actual, weight: flow.weight), Self.maximumTag)
        // Not before the present: a refund is no claim on the past.
        tag = max(tag > down ? tag - down : 0, min(flow.tag, virtualTime))
        flows[place].tag = tag
    }

    /// Keeps tags within 64 bits: after some days of a very large pool's work.
    ///
    /// - Returns: by how much every tag was moved back, at most to zero.
    mutating func rebase() -> UInt64 {
        let base = virtualTime
        virtualTime = 0
        for place in flows.indices {
            let tag = flows[place].tag
            flows[place].tag = tag > base ? tag - base : 0
        }
        return base
    }

    private static func charge(_ cost: TimeSpan, weight: UInt64) -> UInt64 {
        // At least a microsecond: no task is free.
        let microseconds = min(max(cost.nanoseconds / 1_000, 1), maximumCostMicroseconds)
        let cost = UInt64(microseconds) * scale
        return weight == 1 ? cost : max(1, cost / weight)
    }

    private static func clamped(_ weight: Int) -> UInt64 {
        UInt64(min(max(weight, weights.lowerBound), weights.upperBound))
    }
}
