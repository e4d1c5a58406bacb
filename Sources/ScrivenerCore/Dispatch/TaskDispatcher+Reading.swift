// What can be asked of the dispatcher, and changes nothing but what it remembers of earlier looks.

import ScrivenerModel

extension TaskDispatcher {
    /// Whether anything that may start waits for the demand.
    mutating func isWanted(_ demand: Int32) -> Bool { turn(demand) != nil }

    /// Whether a task will be found when its demand is served, or its session may go on.
    func willFind(_ task: Int32, session: Int64, demand: Int32) -> Bool {
        guard Int(demand) < queues.count, let lane = queues[Int(demand)].find(session),
            lane.tasks.unordered.contains(where: { $0.task == task })
        else { return false }
        let isParked = parked[session]?.contains(demand) == true
        return queues[Int(demand)].turns.contains(session) != isParked
            && (lane.standing == .parked) == isParked
    }

    /// Demands whose last ready task has gone, in order.
    mutating func takeEmptied() -> [Int32] {
        var found: [Int32] = []
        var next: Int32 = 0
        while let demand = emptied.first(from: next) {
            emptied.remove(demand)
            if !holdsTasks(demand) { found.append(demand) }
            next = demand + 1
        }
        return found
    }

    mutating func forgetEmptied(_ demand: Int32) { emptied.remove(demand) }

    /// Whether a task waits for a demand, be it of a session that stands aside.
    func holdsTasks(_ demand: Int32) -> Bool {
        Int(demand) < queues.count && queues[Int(demand)].lanes.contains { !$0.tasks.isEmpty }
    }

    /// How long the task has waited that has been ready for longest.
    ///
    /// - Parameters:
    ///   - mayStart: whether a session's tasks may start at all.
    ///   - isReady: whether a task of a session still could run; some in its queue are over.
    func oldestWait(
        at now: Instant, mayStart: (Int64) -> Bool, isReady: (Int64, Int32) -> Bool
    ) -> TimeSpan {
        var oldest = TimeSpan.zero
        for queue in queues {
            for lane in queue.lanes where !lane.tasks.isEmpty && mayStart(lane.session) {
                lane.tasks.forEach { entry in
                    let wait = entry.wait(at: now)
                    if wait > oldest, isReady(lane.session, entry.task) { oldest = wait }
                }
            }
        }
        return oldest
    }

    /// Whether nothing of any session is left here.
    var isEmpty: Bool {
        parked.isEmpty && demandsOf.isEmpty && share.count == 0 && queuedCount == 0
            && queues.allSatisfy(\.isEmpty)
    }
}
