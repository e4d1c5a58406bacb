// How long a worker may take what it holds for its own. The coordinator counts the lease from when a
// heartbeat came; the worker counts from when it sent one that was acknowledged, so that its own
// count runs out first, however long messages travel (C. Gray, D. Cheriton: "Leases: An Efficient
// Fault-Tolerant Mechanism for Distributed File Cache Consistency", SOSP 1989). Only lengths of time
// are compared, never two clocks.

import DequeModule
import ScrivenerModel

/// The worker's own count of its lease.
struct LeaseClock: Sendable {
    private struct Sent: Sendable {
        var sequence: Int64
        var at: Instant
    }

    private var lease = TimeSpan.zero
    /// When the last message that renewed the lease was sent; `nil` before the first welcome.
    private var countedFrom: Instant?
    /// Heartbeats of this registration that nobody has acknowledged, in order.
    private var unacknowledged: Deque<Sent> = []

    /// When the oldest of more than so many is forgotten, the lease is only counted too short.
    private static let maximumUnacknowledged = 64

    /// When the coordinator may have given everything up.
    var end: Instant? { countedFrom?.advanced(by: lease) }

    /// When exclusive attempts are stopped: a tenth of the lease before its end, so that they have
    /// time to stop in.
    var marginEnd: Instant? {
        countedFrom?.advanced(
            by: TimeSpan(nanoseconds: lease.nanoseconds - lease.nanoseconds / 10))
    }

    /// A registration was answered.
    mutating func welcomed(lease: TimeSpan, registeredAt: Instant) {
        self.lease = lease
        countedFrom = registeredAt
        unacknowledged.removeAll()
    }

    mutating func sent(heartbeat sequence: Int64, at now: Instant) {
        if unacknowledged.count == Self.maximumUnacknowledged { unacknowledged.removeFirst() }
        unacknowledged.append(Sent(sequence: sequence, at: now))
    }

    mutating func acknowledged(heartbeat sequence: Int64) {
        while let first = unacknowledged.first, first.sequence <= sequence {
            unacknowledged.removeFirst()
            if first.sequence == sequence { countedFrom = first.at }
        }
    }
}
