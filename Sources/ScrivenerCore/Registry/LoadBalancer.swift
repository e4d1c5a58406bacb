// Which of the eligible instances takes a task. Pure: a choice among numbers.

import ScrivenerModel

/// Chooses instances.
enum LoadBalancer {
    /// The instance with the smallest share of its slots in use; among equals the one that has
    /// more slots free, then the earlier one.
    static func leastLoaded(_ candidates: [Int32], in instances: [AgentInstance]) -> Int32? {
        var best: Int32?
        for candidate in candidates where instances[Int(candidate)].hasFreeSlot {
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
