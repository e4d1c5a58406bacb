// The journal's own thread: it alone touches the database. Jobs come in order and are answered in
// order; a commit that finds no room is tried again, as it is, until there is some. Meanwhile
// questions are answered from what is there: whoever asks knows of nothing that is not.

import Logging
import ScrivenerCore
import ScrivenerModel
import ScrivenerShell
import ScrivenerStore
import ZeroMQ

/// A job for the journal.
enum JournalJob: Sendable {
    /// Write the batch, then read what the effects that wait for it need.
    case commit(JournalBatch?, expecting: Int64, reads: [PayloadHandle])
    /// Somebody's question, and what to call when it will not be answered. Runs after every commit
    /// that was asked for before it and found room.
    case read(@Sendable (any SessionJournal) -> Void, abandon: @Sendable () -> Void)
    /// Something that may take long and that nobody waits for.
    case upkeep(JournalUpkeep)
    case stop

    func abandon() {
        if case .read(_, let abandon) = self { abandon() }
    }
}

/// Work that keeps the journal small: done a slice at a time, when nothing else is to be done.
enum JournalUpkeep: Sendable {
    case compact(FactSieve.Live, through: Int64)
    case retire(RetentionRule)

    /// - Returns: whether there is more to do.
    func doSlice(_ journal: some SessionJournal) throws(JournalError) -> Bool {
        switch self {
        case .compact(let live, let through):
            try journal.compact(keeping: live, through: through)
        case .retire(let rule): try journal.retire(rule) > 0
        }
    }

    /// Whether the newer of two makes the other needless.
    func replaces(_ other: JournalUpkeep) -> Bool {
        switch (self, other) {
        case (.compact, .compact), (.retire, .retire): true
        default: false
        }
    }
}

/// What the loop hears of the journal.
enum JournalReport: Sendable {
    /// The commit is on disk; the bytes are those that were asked for, in order.
    case committed(PayloadBytes)
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
    private let meters: JournalMeters

    init(meters: JournalMeters) throws {
        self.meters = meters
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
        var work = JournalWork()
        while !work.isDone {
            _ = try poller.wait(timeout: work.patience)
            work.batch.removeAll(keepingCapacity: true)
            if let stuck = work.stuck { work.batch.append(stuck) }
            jobs.drain(into: &work.batch)
            for job in work.batch { run(job, &work, journal, report) }
            if work.mayDoUpkeep { doUpkeep(&work, journal, report) }
        }
    }

    private func run(
        _ job: JournalJob, _ work: inout JournalWork, _ journal: some SessionJournal,
        _ report: (JournalReport) -> Void
    ) {
        guard !work.isDone else { return job.abandon() }
        switch job {
        case .commit(let commit, let sequence, let reads):
            let isRetry = work.stuck != nil
            switch write(commit, expecting: sequence, reads, journal, isRetry: isRetry, report) {
            case .written: work.stuck = nil
            case .foundNoRoom: work.stuck = job
            case .failed: work.isDone = true
            }
        case .read(let question, _): question(journal)
        case .upkeep(let upkeep): work.add(upkeep)
        case .stop: work.isDone = true
        }
    }

    private func doUpkeep(
        _ work: inout JournalWork, _ journal: some SessionJournal,
        _ report: (JournalReport) -> Void
    ) {
        do throws(JournalError) {
            try work.doSlice(journal)
        } catch .full {
            // There is nothing to win: what would free room needs some first.
            work.dropUpkeep()
        } catch {
            report(.failed(error))
            work.isDone = true
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
            if let batch {
                CrashPoint.beforeCommit.pass()
                let began = BootClock.now
                try journal.append(batch, expecting: sequence)
                meters.committed(batch, in: BootClock.now.since(began))
                CrashPoint.afterCommit.pass()
            }
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

/// What the journal's thread has to do.
private struct JournalWork {
    /// How long to wait before a commit that found no room is tried again.
    private static let retryInterval = Duration.milliseconds(500)
    /// So many batches of jobs are done before upkeep gets its turn where there is no rest.
    private static let patienceWithUpkeep = 32

    var batch: [JournalJob] = []
    /// The commit that found no room. The loop asks for no other before it hears of this one.
    var stuck: JournalJob?
    var isDone = false
    private var upkeep: [JournalUpkeep] = []
    private var batchesSinceUpkeep = 0

    var patience: Duration? {
        if stuck != nil { return Self.retryInterval }
        return upkeep.isEmpty ? nil : .zero
    }

    mutating func add(_ new: JournalUpkeep) {
        upkeep.removeAll(where: new.replaces)
        upkeep.append(new)
    }

    mutating func dropUpkeep() { upkeep.removeAll() }

    var mayDoUpkeep: Bool {
        mutating get {
            guard !isDone, stuck == nil, !upkeep.isEmpty else { return false }
            batchesSinceUpkeep += 1
            return batch.isEmpty || batchesSinceUpkeep >= Self.patienceWithUpkeep
        }
    }

    mutating func doSlice(_ journal: some SessionJournal) throws(JournalError) {
        batchesSinceUpkeep = 0
        guard try !upkeep[0].doSlice(journal) else { return }
        upkeep.removeFirst()
    }
}
