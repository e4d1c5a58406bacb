// What was read back from the journal: where the coordinator's loop goes on.

import ScrivenerCore

struct RecoveredState: Sendable {
    var core: OrchestratorCore
    var lastSequence: Int64
    var log: PoolLog
    var clock: JournalClock
    var callbacks: CallbackBook
}
