// The loop's way from bytes to bytes, without socket, thread and clock: what arrives is read, the machine
// handles it, the facts are committed, and what follows from them is put into bytes. `scripts/bench-check`
// counts its instructions, which are the same in each run, as seconds are not. It does with the same parts
// what `CoordinatorLoop` does with them; what that has beside them is left out: replies, upkeep, faults.

package import ScrivenerCore
package import ScrivenerModel
package import ScrivenerStore
package import ScrivenerWire

/// A coordinator's loop that is driven by hand.
package struct BareLoop<Journal: SessionJournal> {
    /// What went out, in order. Whoever drives the loop empties it.
    package var sent: [(connection: ConnectionID, bytes: [UInt8])] = []
    /// The present. Whoever drives the loop moves it.
    package var now: Moment
    private var core: OrchestratorCore
    private var open = OpenBatch()
    private let journal: Journal
    private let intake = ResultIntake(planLimits: PlanLimits(), catalogue: nil)
    private let writer = DispatchWriter(
        limits: DispatchDraft.Limits(
            bytes: WireLimits.standard.messageBytes / 16 * 15,
            inputs: WireLimits.standard.batchInputs))

    /// - Parameter journal: empty, and not used by anybody else.
    package init(journal: Journal, startingAt now: Moment) {
        self.journal = journal
        self.now = now
        core = OrchestratorCore(
            journalID: journal.identity.journalID, incarnation: 1, seed: 1)
        handle(.recovered)
    }

    /// Opens a session.
    ///
    /// - Parameter payload: what the plan's specifications are slices of.
    package mutating func submit(_ plan: CompiledPlan, payload: [UInt8]) {
        var plan = plan
        plan.tasks.specificationPayload = open.keep(payload, row: nextRow)
        handle(.submit(plan, ReplyToken(1)))
    }

    /// Takes what a worker sent: its registration, a heartbeat, results, or what it hands back.
    ///
    /// - Throws: `WireError` where the bytes are no such message.
    package mutating func receive(
        _ bytes: [UInt8], from connection: ConnectionID
    ) throws(WireError) {
        if let results = WireCodec.plainResults(bytes.span.bytes) {
            let ended = intake.take(results, batch: &open, row: nextRow)
            return handle(.results(connection, epoch: results.epoch, ended))
        }
        switch try WireCodec.decode(worker: bytes) {
        case .register(let registration):
            handle(.register(connection, registration, deaths: []))
        case .heartbeat(let heartbeat): handle(.heartbeat(connection, heartbeat))
        case .results(let batch):
            let row = nextRow
            let ended = batch.items.map {
                intake.take($0, core: &core, batch: &open, row: row)
            }
            handle(.results(connection, epoch: batch.epoch, ended))
        case .released(let epoch, let attempts):
            handle(.released(connection, epoch: epoch, attempts))
        default: throw .malformed
        }
    }

    /// Ends a turn: sends what rests on no fact, commits, and sends what follows from the commit.
    package mutating func turn() throws(JournalError) {
        handle(.tick)
        let immediate = open.outcome.immediate
        open.outcome.immediate.removeAll(keepingCapacity: true)
        for effect in immediate { carryOut(effect) }
        guard !open.isEmpty else { return }
        let effects = open.outcome.effects
        var dispatches: [SealedDispatch] = []
        for case .dispatch(_, _, let orders) in effects {
            dispatches.append(writer.draft(orders, of: &core))
        }
        let reads = writer.handles(of: dispatches)
        if open.isDurable {
            let batch = JournalBatch(
                moment: open.outcome.moment ?? now, facts: open.outcome.facts,
                payload: open.namedPayload, archives: open.outcome.archives)
            try journal.append(batch, expecting: journal.lastSequence)
        }
        open.outcome.removeAll()
        open.renewPayload()
        var payloads = PayloadReader(try journal.read(reads))
        var sealed = dispatches.makeIterator()
        for effect in effects {
            guard case .dispatch(let connection, let epoch, _) = effect else {
                carryOut(effect)
                continue
            }
            for draft in sealed.next()?.drafts ?? [] {
                sent.append(
                    (connection, writer.message(draft, epoch: epoch, payloads: &payloads)))
            }
        }
    }

    private var nextRow: Int64 { journal.lastSequence + 1 }

    private mutating func handle(_ event: OrchestratorEvent) {
        core.handle(event, at: now, into: &open.outcome)
    }

    private mutating func carryOut(_ effect: OrchestratorEffect) {
        switch effect {
        case .send(let connection, let message): send(message, to: connection)
        case .acknowledge(let connection, let epoch, let attempt):
            send(.resultsCommitted(epoch: epoch, attempts: [attempt]), to: connection)
        case .dispatch: preconditionFailure("dispatches are expanded by turn")
        case .reply, .progress, .poolMoved: break
        }
    }

    private mutating func send(_ message: CoordinatorMessage, to connection: ConnectionID) {
        sent.append((connection, WireCodec.encode(message)))
        if case .welcome = message { handle(.welcomed(connection)) }
    }
}
