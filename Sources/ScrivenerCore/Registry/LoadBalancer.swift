// Which of the eligible instances takes a task. Pure: a choice among numbers.

import ScrivenerModel

/// Chooses instances.
enum LoadBalancer {
    /// Of the admitted instances the one with the smallest share of its slots in use; among equals
    /// the one that has more slots free, then the earlier one. One that is to be probed goes before
    /// all others: it is one task, and without it the instance would never come back.
    static func leastLoaded(
        _ candidates: [Int32], in instances: [AgentInstance],
        admission: (Int32) -> CircuitBreaker.Admission
    ) -> Int32? {
        var best: Int32?
        for candidate in candidates where instances[Int(candidate)].hasFreeSlot {
            switch admission(candidate) {
            case .yes: break
            case .probe: return candidate
            case .no, .probeRunning: continue
            }
            guard let current = best else {
                best = candidate
                continue
            }
            if isLess(instances[Int(candidate)], instances[Int(current)]) { best = candidate }
        }
        return best
    }

    /// Compares used/slots as fractions, without dividing.
    private static func isLess(_ left: AgentInstance, _ right: AgentInstance) -> Bool {
        let leftLoad = Int64(left.used) * Int64(right.offer.slots)
        let rightLoad = Int64(right.used) * Int64(left.offer.slots)
        if leftLoad != rightLoad { return leftLoad < rightLoad }
        return left.freeSlots > right.freeSlots
    }
}
