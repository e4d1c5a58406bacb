// How many tasks of a session are in each state: what progress and the session's end are read from.

package import ScrivenerModel

/// How many tasks are in each state.
package struct StatusCounts: Sendable, Equatable {
    // A field for each: they are counted with every move, and a list would have to be found unshared
    // each time.
    private var waiting: Int32 = 0
    private var ready: Int32 = 0
    private var held: Int32 = 0
    private var running: Int32 = 0
    private var backingOff: Int32 = 0
    private var cancelling: Int32 = 0
    private var completed: Int32 = 0
    private var failed: Int32 = 0
    private var cancelled: Int32 = 0
    private var skipped: Int32 = 0
    private var lost: Int32 = 0
    package private(set) var terminal = 0

    package subscript(status: TaskStatus) -> Int {
        switch status {
        case .waiting: Int(waiting)
        case .ready: Int(ready)
        case .held: Int(held)
        case .running: Int(running)
        case .backingOff: Int(backingOff)
        case .cancelling: Int(cancelling)
        case .completed: Int(completed)
        case .failed: Int(failed)
        case .cancelled: Int(cancelled)
        case .skipped: Int(skipped)
        case .lost: Int(lost)
        }
    }

    /// A ready task was given to a worker.
    @inline(always)
    mutating func start() {
        ready -= 1
        running += 1
    }

    /// A running task has completed.
    @inline(always)
    mutating func complete() {
        running -= 1
        completed += 1
        terminal += 1
    }

    /// So many waiting tasks have become ready.
    @inline(always)
    mutating func makeReady(_ number: Int) {
        waiting -= Int32(number)
        ready += Int32(number)
    }

    @inline(always)
    mutating func add(_ status: TaskStatus) { change(status, by: 1) }

    @inline(always)
    mutating func remove(_ status: TaskStatus) { change(status, by: -1) }

    @inline(always)
    private mutating func change(_ status: TaskStatus, by number: Int32) {
        switch status {
        case .waiting: waiting += number
        case .ready: ready += number
        case .held: held += number
        case .running: running += number
        case .backingOff: backingOff += number
        case .cancelling: cancelling += number
        case .completed: completed += number
        case .failed: failed += number
        case .cancelled: cancelled += number
        case .skipped: skipped += number
        case .lost: lost += number
        }
        if status.isTerminal { terminal += Int(number) }
    }
}
