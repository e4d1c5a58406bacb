// The coordinator's process: the real machine, and what the shell keeps beside it. Mirrors
// `CoordinatorLoop` and `OpenBatch`; see there for the reasons.

import ScrivenerCore
import ScrivenerModel

final class CoordinatorProcess {
    let life: Int
    var core: OrchestratorCore
    var outcome = Outcome()
    /// Bytes that came with events of the open batch.
    var payload: [UInt8] = []
    var committing: SealedBatch?
    /// Whether `committing` is on disk.
    var isOnDisk = false
    /// Whether the loop has heard so.
    var isCommitted = false
    var lastSequence: Int64
    /// The journal's clock is the host's clock plus this.
    let clockOffset: TimeSpan
    var isFull = false
    var turnAt: Instant?
    var requests: [(OrchestratorEvent, PlanPayload?)] = []
    var messages: [(ConnectionNumber, WorkerMessage)] = []
    var diskNews: [DiskNews] = []
    /// The disk is to be compacted when this many rows are there, by what matters then.
    var compaction: (live: FactSieve.Live, rows: Int)?

    init(core: OrchestratorCore, life: Int, lastSequence: Int64, clockOffset: TimeSpan) {
        self.core = core
        self.life = life
        self.lastSequence = lastSequence
        self.clockOffset = clockOffset
    }

    var isDurable: Bool { !outcome.facts.isEmpty || !outcome.archives.isEmpty }

    var isIdle: Bool {
        committing == nil && !isDurable && outcome.effects.isEmpty && messages.isEmpty
            && requests.isEmpty
    }

    func keep(_ bytes: [UInt8]) -> PayloadHandle {
        let offset = payload.count
        payload.append(contentsOf: bytes)
        return PayloadHandle(
            row: lastSequence + 1, offset: UInt32(offset), length: UInt32(bytes.count))
    }
}

/// What the loop hears of the disk.
enum DiskNews { case committed, full, hasRoom }

/// The bytes that came with a plan.
typealias PlanPayload = [UInt8]

/// A batch on its way to disk.
struct SealedBatch {
    /// Absent where only others' commits are waited for.
    var row: JournalRow?
    var effects: [OrchestratorEffect]
    var specifications: [[(DispatchOrder, DispatchSpecification)]]
}

/// One row of the journal.
struct JournalRow {
    var moment: Moment
    var facts: [SessionFact]
    var payload: [UInt8]
    var archives: [SessionSnapshot]
}

/// The journal on its disk.
struct SimulatedDisk {
    var rows: [JournalRow] = []
    var archived: Set<String> = []
    /// What is read back in place of the first rows. These stay, for checks to look at.
    private var kept: [(moment: Moment, facts: [SessionFact])] = []
    private var pool: [SessionFact] = []
    private var compacted = 0
    /// The passes that are under way, and where they end.
    private var move: (sieve: FactSieve, end: Int)?
    private var sweep: (sieve: FactSieve, next: Int, end: Int)?
    /// How many faults make it slow, or full.
    var slow = 0
    var full = 0

    func read(_ handle: PayloadHandle) -> [UInt8]? {
        guard handle.row >= 1, handle.row <= rows.count else {
            return handle.length == 0 ? [] : nil
        }
        let payload = rows[Int(handle.row) - 1].payload
        let (start, end) = (Int(handle.offset), Int(handle.offset) + Int(handle.length))
        return end <= payload.count ? Array(payload[start..<end]) : nil
    }

    /// Goes on with compaction as `SQLiteJournal` does: a slice at a time, so that a crash finds any
    /// of its states.
    ///
    /// - Parameters:
    ///   - live: what matters as of the last row.
    ///   - size: of the slice, in rows.
    ///   - sweeps: whether to go through what was kept, when nothing else is to be done.
    mutating func compact(_ live: FactSieve.Live?, slice size: Int, sweeps: Bool) {
        if sweep != nil { return sweepOn(size) }
        if move == nil, let live {
            if compacted < rows.count - 1 {
                move = (FactSieve(live, after: pool), rows.count - 1)
            } else if sweeps {
                sweep = (FactSieve(live), 0, kept.count)
            }
        }
        guard case (var sieve, let end)? = move else { return }
        let next = min(end, compacted + size)
        for row in rows[compacted..<next] {
            let facts = sieve.sift(row.facts)
            if !facts.isEmpty { kept.append((row.moment, facts)) }
        }
        (compacted, pool) = (next, sieve.pool)
        move = next < end ? (sieve, end) : nil
    }

    private mutating func sweepOn(_ size: Int) {
        guard case (var sieve, var next, let end)? = sweep else { return }
        for _ in 0..<size where next < end {
            kept[next].facts = sieve.sift(kept[next].facts)
            next += 1
        }
        sweep = next < end ? (sieve, next, end) : nil
    }

    /// A process that starts knows of no pass.
    mutating func forgetPasses() { (move, sweep) = (nil, nil) }

    func readBack(into core: inout OrchestratorCore) {
        for row in kept { for fact in row.facts { core.replay(fact, at: row.moment) } }
        if compacted > 0 {
            for fact in pool { core.replay(fact, at: rows[compacted - 1].moment) }
        }
        for row in rows[compacted...] {
            for fact in row.facts { core.replay(fact, at: row.moment) }
        }
    }
}
