// The journal's own thread: it alone touches the database. Jobs come in order and are answered in
// order; a commit that finds no room is tried again, as it is, until there is some, and nothing
// after it shows before it.

import Logging
import ScrivenerCore
import ScrivenerModel
import ScrivenerStore
import ZeroMQ

/// A job for the journal.
enum JournalJob: Sendable {
    /// Write the batch, then read what the effects that wait for it need.
    case commit(JournalBatch?, expecting: Int64, reads: [PayloadHandle])
    /// Somebody's question, and what to call when it will not be answered. Runs after every commit
    /// that was asked for before it.
    case read(@Sendable (any SessionJournal) -> Void, abandon: @Sendable () -> Void)
    case stop

    func abandon() {
        if case .read(_, let abandon) = self { abandon() }
    }
}

/// What the loop hears of the journal.
enum JournalReport: Sendable {
    /// The commit is on disk; the bytes are those that were asked for, in order.
    case committed([[UInt8]])
    /// There is no room; the commit is being tried again.
    case full
    /// There is room again.
    case hasRoom
    /// The journal cannot be used any more: the process has to end.
    case failed(JournalError)
}

/// The journal's thread.
final class JournalThread: Sendable {
    let jobs: Mailbox<JournalJob>

    /// How long to wait before a commit that found no room is tried again.
    private static let retryInterval = Duration.milliseconds(500)

    init() throws {
        jobs = Mailbox<JournalJob>(wakeUp: try WakeUp())
    }

    /// Runs `start` and then jobs until `stop`; closes the journal at the end.
    ///
    /// - Parameters:
    ///   - open: makes the journal. Its errors are those of starting up.
    ///   - start: reads the journal back.
    ///   - report: called on the journal's thread; must not block.
    func run<Journal: SessionJournal>(
        open: @Sendable () throws -> Journal,
        start: @Sendable (Journal) throws -> Void,
        report: @Sendable (JournalReport) -> Void
    ) throws {
        let journal = try open()
        defer {
            abandonJobs()
            // What could be lost by a failed close was never acknowledged.
            try? journal.close()
        }
        try start(journal)
        let poller = Poller(wakeUp: jobs.wakeUp)
        var batch: [JournalJob] = []
        var isDone = false
        while !isDone {
            _ = try poller.wait(timeout: nil)
            batch.removeAll(keepingCapacity: true)
            jobs.drain(into: &batch)
            for job in batch {
                if isDone { job.abandon() } else { isDone = work(job, journal, report) }
            }
        }
    }

    /// - Returns: whether it was the last job.
    private func work(
        _ job: JournalJob, _ journal: some SessionJournal, _ report: (JournalReport) -> Void
    ) -> Bool {
        switch job {
        case .commit(let batch, let sequence, let reads):
            do throws(JournalError) {
                try commit(batch, expecting: sequence, journal, report)
                report(.committed(try journal.read(reads)))
                return false
            } catch {
                report(.failed(error))
                return true
            }
        case .read(let question, _):
            question(journal)
            return false
        case .stop: return true
        }
    }

    /// Nobody shall wait for an answer that will not come.
    private func abandonJobs() {
        for job in jobs.close() { job.abandon() }
    }

    private func commit(
        _ batch: JournalBatch?, expecting sequence: Int64, _ journal: some SessionJournal,
        _ report: (JournalReport) -> Void
    ) throws(JournalError) {
        guard let batch else { return }
        var wasFull = false
        while true {
            do throws(JournalError) {
                try journal.append(batch, expecting: sequence)
                if wasFull { report(.hasRoom) }
                return
            } catch .full {
                if !wasFull { report(.full) }
                wasFull = true
                Self.pause()
            }
        }
    }

    /// Waits on the journal's own thread, where nothing else could be done meanwhile.
    private static func pause() {
        guard let wakeUp = try? WakeUp() else { return }
        _ = try? Poller(wakeUp: wakeUp).wait(timeout: retryInterval)
    }
}
