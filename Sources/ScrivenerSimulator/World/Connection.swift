// A connection between a worker and the coordinator, as TCP and ZeroMQ make it behave: in order,
// nothing lost while it lasts; when it breaks, what was on its way is gone, each end notices in its
// own time, and the next one has another number.

import DequeModule
import ScrivenerCore
import ScrivenerModel

typealias ConnectionNumber = Int

/// What travels.
enum Envelope {
    case up(WorkerMessage)
    case down(CoordinatorMessage)
    /// The other side has closed.
    case end
}

struct Connection {
    let worker: Int
    /// The worker's process that opened it.
    let process: Int
    var isOpenAtCoordinator = true
    var isOpenAtWorker = true
    var up = Lane()
    var down = Lane()

    init(worker: Int, process: Int) {
        self.worker = worker
        self.process = process
    }

    subscript(direction: Direction) -> Lane {
        get { direction == .up ? up : down }
        _modify {
            if direction == .up { yield &up } else { yield &down }
        }
    }
}

/// What is on its way in one direction.
struct Lane {
    var envelopes = Deque<(due: Instant, envelope: Envelope)>()
    var lastDue = Instant.zero

    /// - Returns: when the envelope arrives.
    mutating func add(_ envelope: Envelope, due: Instant) -> Instant {
        lastDue = max(lastDue, due)
        envelopes.append((lastDue, envelope))
        return lastDue
    }

    mutating func popArrived(at now: Instant) -> Envelope? {
        guard let first = envelopes.first, first.due <= now else { return nil }
        envelopes.removeFirst()
        return first.envelope
    }
}
