// What those who follow the pool are told of sessions and workers, as words that stand in events.

/// What happened to a session.
package enum SessionStep: String, Sendable, CaseIterable {
    case opened, paused, resumed, cancelling, ended
}

/// What happened to a worker.
package enum WorkerStep: String, Sendable, CaseIterable {
    /// It has registered, for the first time or again.
    case joined
    /// It has been silent for half its lease.
    case suspected
    /// It is heard again.
    case recovered
    /// It takes nothing new, finishes, and leaves.
    case draining
    /// Messages to it do not arrive; its lease runs on.
    case unreachable
    /// It is given up: its lease ran out, it has not read for too long, or it was expelled.
    case lost
    /// It has said goodbye.
    case left
}
