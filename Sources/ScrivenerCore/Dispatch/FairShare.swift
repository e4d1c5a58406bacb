// Whose turn it is: sessions share slots in proportion to their weights, however many tasks each
// has waiting and however long its tasks are.
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
// Cost is expected run time and is charged when a task is handed out, prefetched or not: what lies
// unstarted on a worker counts as served. `settle` corrects the charge when the truth is known.

import HeapModule
import ScrivenerModel

/// Turns among sessions.
struct FairShare: Sendable {
    static let weights = 1...1_000
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
        /// The number of its entry in the heap; `nil` when nothing of it waits.
        var entry: UInt64?
    }

    private struct Entry: Comparable, Sendable {
        var tag: UInt64
        var number: UInt64
        var session: Int64

        // Among equal tags the one that waits longer.
        static func < (left: Entry, right: Entry) -> Bool {
            (left.tag, left.number) < (right.tag, right.number)
        }
    }

    private var flows: [Int64: Flow] = [:]
    private var heap = Heap<Entry>()
    private var entries: UInt64 = 0
    private(set) var virtualTime: UInt64 = 0
    private(set) var waitingCount = 0

    /// How many sessions are known.
    var count: Int { flows.count }

    // MARK: Who waits

    /// A session has a task that may start. Does nothing when that was known. Without a weight it
    /// keeps the one that it has, or begins with 1.
    mutating func wait(_ session: Int64, weight: Int? = nil) {
        var flow = flows[session] ?? Flow(weight: 1, tag: virtualTime, entry: nil)
        if let weight { flow.weight = Self.clamped(weight) }
        if flow.entry == nil {
            flow.tag = max(flow.tag, virtualTime)
            waitingCount += 1
            flow.entry = enter(session, tag: flow.tag)
        }
        flows[session] = flow
    }

    /// A session has nothing more that may start: no ready task, or it is at its limit or paused.
    /// What it was served is remembered, so that leaving and coming back gains nothing.
    mutating func rest(_ session: Int64) {
        guard flows[session]?.entry != nil else { return }
        flows[session]?.entry = nil
        waitingCount -= 1
        dropStale()
    }

    /// Forgets a session that ended.
    mutating func remove(_ session: Int64) {
        rest(session)
        flows[session] = nil
    }

    /// From the next task on.
    mutating func setWeight(_ weight: Int, of session: Int64) {
        flows[session]?.weight = Self.clamped(weight)
    }

    func isWaiting(_ session: Int64) -> Bool { flows[session]?.entry != nil }

    /// The session whose turn it is.
    var next: Int64? { heap.min?.session }

    // MARK: Serving

    /// A task of the session whose turn it is was handed out. The session goes on waiting: call
    /// `rest` when that was its last.
    ///
    /// - Returns: the session.
    @discardableResult
    mutating func serve(cost: TimeSpan) -> Int64? {
        guard let first = heap.popMin(), var flow = flows[first.session] else { return nil }
        virtualTime = max(virtualTime, first.tag)
        flow.tag = first.tag + Self.charge(cost, weight: flow.weight)
        flow.entry = enter(first.session, tag: flow.tag)
        flows[first.session] = flow
        dropStale()
        if virtualTime >= Self.rebaseAt { rebase() }
        return first.session
    }

    /// A task's true cost is known, or it was handed back and cost nothing.
    mutating func settle(_ session: Int64, charged: TimeSpan, actual: TimeSpan) {
        guard var flow = flows[session] else { return }
        let old = flow.tag
        let down = Self.charge(charged, weight: flow.weight)
        flow.tag = min(flow.tag + Self.charge(actual, weight: flow.weight), Self.maximumTag)
        // Not before the present: a refund is no claim on the past.
        flow.tag = max(flow.tag > down ? flow.tag - down : 0, min(old, virtualTime))
        if flow.entry != nil, flow.tag != old { flow.entry = enter(session, tag: flow.tag) }
        flows[session] = flow
        dropStale()
    }

    private mutating func enter(_ session: Int64, tag: UInt64) -> UInt64 {
        entries += 1
        heap.insert(Entry(tag: tag, number: entries, session: session))
        return entries
    }

    /// Entries lose their meaning when a session rests or its tag is corrected. The head is always
    /// true; the others are thrown away when they are the greater part.
    private mutating func dropStale() {
        while let first = heap.min, flows[first.session]?.entry != first.number {
            heap.removeMin()
        }
        guard heap.count > 2 * waitingCount + 64 else { return }
        heap = Heap(heap.unordered.filter { flows[$0.session]?.entry == $0.number })
    }

    /// Keeps tags within 64 bits: after some years of a large pool's work.
    private mutating func rebase() {
        let base = virtualTime
        virtualTime = 0
        for session in Array(flows.keys) {
            let tag = flows[session]?.tag ?? 0
            flows[session]?.tag = tag > base ? tag - base : 0
        }
        heap = Heap(
            heap.unordered.filter { flows[$0.session]?.entry == $0.number }.map {
                Entry(
                    tag: $0.tag > base ? $0.tag - base : 0, number: $0.number,
                    session: $0.session)
            })
    }

    private static func charge(_ cost: TimeSpan, weight: UInt64) -> UInt64 {
        // At least a microsecond: no task is free.
        let microseconds = min(max(cost.nanoseconds / 1_000, 1), maximumCostMicroseconds)
        return max(1, UInt64(microseconds) * scale / weight)
    }

    private static func clamped(_ weight: Int) -> UInt64 {
        UInt64(min(max(weight, weights.lowerBound), weights.upperBound))
    }
}
