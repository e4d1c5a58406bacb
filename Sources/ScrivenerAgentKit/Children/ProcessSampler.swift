// What processes use, read once for all children of a worker that ask at about the same time: the kernel's table
// has a file for each process of the host.

import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What some processes use together.
struct ProcessUse: Sendable, Equatable {
    /// Resident; what is shared counts for each.
    var memoryBytes = 0
    var processorTime = Duration.zero
}

final class ProcessSampler: Sendable {
    /// How old an answer may be.
    private static let maximumAge = Duration.milliseconds(100)

    private struct State {
        var entries: [ProcessTable.Entry] = []
        var readAt: ContinuousClock.Instant?
    }

    private let state = Mutex(State())

    /// What the processes use that are in the session, or are listed.
    func use(session: pid_t, and listed: Set<pid_t>) -> ProcessUse {
        entries().reduce(into: ProcessUse()) { sum, entry in
            guard entry.session == session || listed.contains(entry.processID) else { return }
            sum.memoryBytes += entry.memoryBytes
            sum.processorTime += entry.processorTime
        }
    }

    private func entries() -> [ProcessTable.Entry] {
        state.withLock { state in
            let now = ContinuousClock.now
            if let readAt = state.readAt, readAt.duration(to: now) < Self.maximumAge {
                return state.entries
            }
            state.entries = ProcessTable.all
            state.readAt = now
            return state.entries
        }
    }
}
