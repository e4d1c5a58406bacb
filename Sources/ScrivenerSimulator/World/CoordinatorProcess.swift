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
    /// The disk is to drop from its first rows what no longer matters, when they are there.
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
    var specifications: [[DispatchSpecification?]]
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
    private var compacted = 0
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

    /// What `SQLiteJournal` does in slices.
    mutating func compact(_ live: FactSieve.Live, rows count: Int) {
        guard count > compacted, count <= rows.count else { return }
        let pool = compacted == 0 ? [] : kept.removeLast().facts
        var sieve = FactSieve(live, pool: pool)
        let all = kept + rows[compacted..<count].map { ($0.moment, $0.facts) }
        kept = all.map { ($0.moment, sieve.sift($0.facts)) }.filter { !$0.facts.isEmpty }
        kept.append((rows[count - 1].moment, sieve.pool))
        compacted = count
    }

    func readBack(into core: inout OrchestratorCore) {
        for row in kept { for fact in row.facts { core.replay(fact, at: row.moment) } }
        for row in rows[compacted...] {
            for fact in row.facts { core.replay(fact, at: row.moment) }
        }
    }
}
