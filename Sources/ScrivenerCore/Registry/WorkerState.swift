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
    /// Registered, lease running. → `suspect`, `draining`, `awaited`, `absent`
    case connected(ConnectionID, epoch: Int64)
    /// Silent for half a lease: gets nothing new. → `connected`, `draining`, `awaited`, `absent`
    case suspect(ConnectionID, epoch: Int64)
    /// Takes nothing new. → `connected`, `awaited`, `absent`
    case draining(ConnectionID, epoch: Int64)
    /// Lease run out, or said goodbye; holds nothing. → `connected`
    case absent
}

/// An attempt that a worker was given and that has not been seen to end there.
struct AssignedAttempt: Sendable, Equatable {
    /// The agent's number in the journal.
    var agent: Int32
    var slots: Int32
    var dispatchedAt: Instant
    /// How long it was expected to run there.
    var expected: TimeSpan
    /// Where it stands among the attempts of its worker, by dispatch.
    var order: Int64
    /// Whether it found no slot free, and waited on the worker.
    var isPrefetched = false
    /// Whether it was asked back.
    var isRecalled = false
    /// Whether it is over for its task, and only its worker has not said so.
    var isLingering = false
}

/// How the dispatches of a worker's epoch are numbered.
struct DispatchNumbering: Sendable, Equatable {
    var epoch: Int64
    /// How many attempts had been given out before the epoch, to whomever. The number of a dispatch is
    /// that of its last attempt, by `AssignedAttempt.order`, less this.
    var base: Int64
}

/// So much of one of a worker's resources.
struct ReservedResource: Sendable, Equatable {
    var place: Int32
    var amount: Int64
}

/// Of something that a worker has, what there is and what is in use.
struct WorkerResource: Sendable, Equatable {
    /// More of anything counts as this, so that no sum of it overflows.
    static let most: Int64 = 1 << 50

    var name: String
    var total: Int64
    var used: Int64 = 0
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
    /// Of the epoch that it was answered with; `nil` where none was since the coordinator started.
    var numbering: DispatchNumbering?
    /// How many agents it has brought whose names nobody had, since the coordinator started.
    var newAgents = 0
    /// Names are kept for ever.
    static let mostNewAgents = 10_000
    var registration: WorkerRegistration?
    /// Its instances, by their place in the registration.
    var instances: [Int32] = []
    var resources: [WorkerResource] = []
    /// Whether it gets nothing but what it is kept free for.
    var isKept = false
    /// Attempts that it was given and that have not ended.
    var held = AssignedAttempts()
    var leaseUntil = Instant.zero
    /// When a timer looks at the lease next.
    var leaseWatchedAt: Instant?
    /// What it held at the last review, and when that was.
    var reviewed: Set<AttemptReference> = []
    var reviewedAt = Instant.zero
    /// When it was last heard since the coordinator started.
    var lastHeartbeat: Instant?
    var memoryBytes: Int64 = 0
    var processorLoadPermille: Int32 = 0
    /// How long an attempt takes beside its run time, from dispatch to result; `nil` until known.
    var roundTrip: TimeSpan?

    var connection: (id: ConnectionID, epoch: Int64)? {
        switch phase {
        case .connected(let id, let epoch), .suspect(let id, let epoch),
            .draining(let id, let epoch):
            (id, epoch)
        case .awaited, .absent: nil
        }
    }

    var takesWork: Bool {
        if case .connected = phase { true } else { false }
    }

    /// Deterministic order for whatever becomes visible.
    var heldInOrder: [AttemptReference] { held.keys.sorted() }
}
