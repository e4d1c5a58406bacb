// What happens to sessions and workers as wholes, for those who follow the pool. It comes beside a batch's facts
// and shows when they are on disk. What happens to a session follows from its facts, live and when a
// journal is read back; what happens to a worker rests on no fact, and is over with the coordinator.

package import ScrivenerModel

/// A change of a session or a worker.
package struct PoolChange: Sendable, Equatable {
    /// What has changed.
    package enum Subject: Sendable, Equatable {
        case session(Int64, id: String, SessionStep)
        case worker(Int32, WorkerStep)
    }

    package var at: WallTime
    package var subject: Subject

    package init(at: WallTime, _ subject: Subject) {
        self.at = at
        self.subject = subject
    }

    /// Whether it is read back with a journal.
    package var isDurable: Bool {
        if case .session = subject { true } else { false }
    }
}

extension SessionFact {
    /// The step that a session takes with it, if it takes one.
    var step: (session: Int64, step: SessionStep)? {
        switch self {
        case .sessionOpened(let opening): (opening.number, .opened)
        case .sessionPaused(let session, _): (session, .paused)
        case .sessionResumed(let session): (session, .resumed)
        case .cancelRequested(let session, _): (session, .cancelling)
        case .sessionEnded(let session, _): (session, .ended)
        default: nil
        }
    }
}
