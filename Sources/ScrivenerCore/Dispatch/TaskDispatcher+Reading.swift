// What can be asked of the dispatcher, and changes nothing but what it remembers of earlier looks.

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

    /// Whether nothing of any session is left here.
    var isEmpty: Bool {
        parked.isEmpty && demandsOf.isEmpty && share.count == 0 && queuedCount == 0
            && queues.allSatisfy(\.isEmpty)
    }
}
