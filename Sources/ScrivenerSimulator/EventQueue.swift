// What will happen, in the order in which it will: by instant, and at one instant in the order in
// which it was planned. That second key makes a run repeatable.

import HeapModule
import ScrivenerModel

/// Planned events of a world.
struct EventQueue {
    private struct Entry: Comparable {
        var due: Instant
        var order: UInt64
        var event: WorldEvent

        static func < (left: Entry, right: Entry) -> Bool {
            (left.due, left.order) < (right.due, right.order)
        }

        static func == (left: Entry, right: Entry) -> Bool { left.order == right.order }
    }

    private var heap = Heap<Entry>()
    private var planned: UInt64 = 0

    mutating func plan(_ event: WorldEvent, at due: Instant) {
        planned += 1
        heap.insert(Entry(due: due, order: planned, event: event))
    }

    mutating func next() -> (due: Instant, event: WorldEvent)? {
        heap.popMin().map { ($0.due, $0.event) }
    }
}

/// Something that happens in a world. Numbers of lives and processes tell events of the dead from
/// those of the living.
enum WorldEvent {
    case coordinatorTurn(life: Int)
    /// The disk has finished with a batch, one way or the other.
    case diskDone(life: Int)
    /// What has arrived at one end of a connection is read.
    case pump(ConnectionNumber, Direction)
    /// A message that found its own way, out of order.
    case stray(ConnectionNumber, Envelope)
    case connect(worker: Int, process: Int)
    /// One side of a connection has heard nothing for too long.
    case silence(worker: Int, Direction, stamp: Int)
    case workerTick(worker: Int, process: Int)
    case agentDone(run: Int)
    /// The agent takes its worker's process with it.
    case agentKills(run: Int)
    /// A worker has had time to tell an agent that its own is over.
    case timeIsOver(run: Int)
    /// What is not wanted any more has had time to be told to stop.
    case stopIsDue(session: Int64, since: Instant)
    /// An agent that runs says how far it is.
    case agentReports(run: Int)
    /// An agent has been initialized, or asked how it is.
    case agentSaid(worker: Int, process: Int, agent: Int, isNew: Bool)
    case client(ClientAction)
    case fault(Int)
    case relief(Relief)
    case startWorker(Int)
    case startCoordinator
    case heal
}

/// The end of a fault.
enum Relief {
    case unblock(worker: Int, Direction)
    case resumeWorker(Int)
    case resumeCoordinator
    case fastNetwork(worker: Int)
    case fastDisk
    case diskHasRoom
    /// One more crash of a worker that flaps.
    case flap(worker: Int, rest: Int)
    /// A process that drains has no more time for that.
    case endDraining(worker: Int, process: Int)
}

/// Which way a message goes.
enum Direction: Int, Sendable {
    /// From a worker to the coordinator.
    case up
    case down
}
