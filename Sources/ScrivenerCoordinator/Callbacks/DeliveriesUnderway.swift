// What is being delivered: bounded altogether and for each host, so that a receiver that does not
// answer takes no more than its share.

import ScrivenerModel
import ScrivenerStore

/// Deliveries that are under way, and what may be asked for beside them.
struct DeliveriesUnderway {
    static let limit = 16
    static let limitPerHost = 2
    private static let limitHosts = 256

    private var keys: [String: Set<CallbackKey>] = [:]
    private var cursor = ""

    private var count: Int { keys.values.reduce(0) { $0 + $1.count } }

    /// What to ask the journal for.
    func question(at now: WallTime, _ policy: DeliveryPolicy) -> DueQuestion {
        DueQuestion(
            now: now, cursor: cursor, underway: keys, limit: Self.limit - count,
            limitPerHost: Self.limitPerHost, limitHosts: Self.limitHosts,
            longestDelay: max(policy.longestDelay, policy.longestRetryAfter))
    }

    mutating func begin(_ due: DueDeliveries) {
        cursor = due.cursor
        for delivery in due.deliveries {
            keys[delivery.host, default: []].insert(delivery.message.key)
        }
    }

    /// What became of it is on disk.
    mutating func end(_ delivery: DueDelivery) {
        keys[delivery.host]?.remove(delivery.message.key)
        if keys[delivery.host]?.isEmpty == true { keys[delivery.host] = nil }
    }
}
