// The journal's own thread: it alone touches the database. Jobs come in order and are answered in
// order; a commit that finds no room is tried again, as it is, until there is some. Meanwhile
// questions are answered from what is there: whoever asks knows of nothing that is not.

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
    /// that was asked for before it and found room.
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
        /// The commit that found no room. The loop asks for no other before it hears of this one.
        var stuck: JournalJob?
        var isDone = false
        while !isDone {
            _ = try poller.wait(timeout: stuck == nil ? nil : Self.retryInterval)
            batch.removeAll(keepingCapacity: true)
            if let stuck { batch.append(stuck) }
            jobs.drain(into: &batch)
            for job in batch {
                guard !isDone else {
                    job.abandon()
                    continue
                }
                switch job {
                case .commit(let commit, let sequence, let reads):
                    switch write(
                        commit, expecting: sequence, reads, journal, isRetry: stuck != nil, report)
                    {
                    case .written: stuck = nil
                    case .foundNoRoom: stuck = job
                    case .failed: isDone = true
                    }
                case .read(let question, _): question(journal)
                case .stop: isDone = true
                }
            }
        }
    }

    private enum Writing {
        case written, foundNoRoom, failed
    }

    private func write(
        _ batch: JournalBatch?, expecting sequence: Int64, _ reads: [PayloadHandle],
        _ journal: some SessionJournal, isRetry: Bool, _ report: (JournalReport) -> Void
    ) -> Writing {
        do throws(JournalError) {
            if let batch { try journal.append(batch, expecting: sequence) }
        } catch .full {
            if !isRetry { report(.full) }
            return .foundNoRoom
        } catch {
            report(.failed(error))
            return .failed
        }
        if isRetry { report(.hasRoom) }
        do throws(JournalError) {
            report(.committed(try journal.read(reads)))
            return .written
        } catch {
            report(.failed(error))
            return .failed
        }
    }

    /// Nobody shall wait for an answer that will not come.
    private func abandonJobs() {
        for job in jobs.close() { job.abandon() }
    }
}
