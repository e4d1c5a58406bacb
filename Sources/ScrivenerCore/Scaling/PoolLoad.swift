// What a pool of workers has to do at one moment, and who is there to do it: what a `PoolScaler`
// decides by. Slots are counted as shares of the scaler's horizon: a task that keeps a slot busy for
// all of it counts for one, one that is done in a third of it for a third.

import ScrivenerModel

/// The work of a pool.
struct PoolDemand: Sendable, Equatable {
    /// Tasks that would start at once if there were slots for them.
    var queued = 0
    /// So many slots would be busy for the whole horizon, if all that waits, runs or will be ready soon were
    /// done in it.
    var slots = 0.0
    /// So many slots would be busy if every task had its own.
    var widest = 0.0
    var oldestWait = TimeSpan.zero
}

/// The replicas of a pool.
struct PoolReplicas: Sendable, Equatable {
    /// Registered, and not draining.
    var connected = 0
    var draining = 0
    /// Known to run something, and not back since the coordinator started.
    var awaited = 0
    /// Those of the connected that hold nothing, by worker's number.
    var idle: [Int32] = []

    /// Those that have something to do.
    var busy: Int { connected - idle.count + awaited }
}
