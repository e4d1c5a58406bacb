// A worker, as the coordinator sees it.

import ScrivenerModel

/// Names a connection of the shell's socket. A worker that reconnects has another.
package struct ConnectionID: Sendable, Hashable, Comparable {
    package var rawValue: UInt64

    package init(_ rawValue: UInt64) { self.rawValue = rawValue }

    package static func < (left: ConnectionID, right: ConnectionID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// Where a worker is.
enum WorkerPhase: Sendable, Equatable {
    /// Known from the journal, or out of reach; may come back and claim what it holds.
    /// → `connected`, `absent`
    case awaited
    /// Registered, lease running. → `draining`, `awaited`, `absent`
    case connected(ConnectionID, epoch: Int64)
    /// Takes nothing new. → `connected`, `awaited`, `absent`
    case draining(ConnectionID, epoch: Int64)
    /// Lease run out, or said goodbye; holds nothing. → `connected`
    case absent
}

/// A worker and what it holds.
struct WorkerState: Sendable {
    let number: Int32
    let id: String
    var phase: WorkerPhase
    /// Of the process that registered last; an older one is refused.
    var incarnation: Int64 = 0
    /// Of that process's registrations, the last that was taken.
    var registrationNumber: Int64 = 0
    var registration: WorkerRegistration?
    /// Its instances, by their place in the registration.
    var instances: [Int32] = []
    /// Attempts that it was given and that have not ended.
    var held: Set<AttemptReference> = []
    var leaseUntil = Instant.zero
    /// When a timer looks at the lease next.
    var leaseWatchedAt: Instant?
    /// What it held at the last review, and when that was.
    var reviewed: Set<AttemptReference> = []
    var reviewedAt = Instant.zero
    /// When it was last heard since the coordinator started.
    var lastHeartbeat: Instant?
    var memoryBytes: Int64 = 0

    var connection: (id: ConnectionID, epoch: Int64)? {
        switch phase {
        case .connected(let id, let epoch), .draining(let id, let epoch): (id, epoch)
        case .awaited, .absent: nil
        }
    }

    var takesWork: Bool {
        if case .connected = phase { true } else { false }
    }

    /// Deterministic order for whatever becomes visible.
    var heldInOrder: [AttemptReference] { held.sorted() }
}
