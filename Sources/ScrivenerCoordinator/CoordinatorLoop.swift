// The coordinator's one thread that owns the machine and the socket.
//
// A turn: wait; take what came from the socket and the mailbox; let the machine handle it; send what
// rests on no fact; hand facts to the journal. While a batch is being committed the next one fills,
// and what the first has others see goes out when it is on disk (output commit). A batch without
// facts still waits for the one before it: nobody is told what a power cut could undo.

import Logging
import ScrivenerBatch
import ScrivenerCore
import ScrivenerModel
import ScrivenerShell
import ScrivenerStore
import ScrivenerWire
import ZeroMQ

/// The coordinator's loop. Confined to its thread.
final class CoordinatorLoop {
    let sockets: WorkerSockets
    private let poller: Poller
    private let requests: Mailbox<LoopRequest>
    private let notices: Mailbox<LoopNotice>
    private let jobs: Mailbox<JournalJob>
    private let output: OutputIntake
    private let intake: ResultIntake
    private let writer: DispatchWriter
    let clock: JournalClock
    let logger: Logger
    private var core: OrchestratorCore
    var open = OpenBatch()
    private var committing: SealedBatch?
    /// The sequence number of the last batch that was handed to the journal.
    private var lastSequence: Int64
    private var upkeep: UpkeepSchedule
    private var meters: LoopMeters
    /// Absent when nobody records spans.
    private let spans: SessionSpans?
    private var desk: ReplyDesk
    private var book: CallbackBook
    /// Called when callbacks have something new to be told, and that is on disk.
    private let onMessages: @Sendable () -> Void
    private var arrivedRequests: [LoopRequest] = []
    private var arrivedNotices: [LoopNotice] = []
    private var isFull = false
    /// When the present turn began.
    private var wokenAt = BootClock.now
    private var isStopping = false
    private var failure: JournalError?

    /// How many messages are read before the machine's outcome is looked at.
    private static let messagesPerTurn = 512
    /// A batch that holds so many bytes takes nothing more until it is handed over.
    private static let maximumBatchBytes = 64 << 20
    /// How long to wait before a peer that had no room is tried again.
    private static let flushInterval = Duration.milliseconds(10)

    init(
        _ state: RecoveredState, sockets: WorkerSockets, poller: Poller,
        requests: Mailbox<LoopRequest>, notices: Mailbox<LoopNotice>, jobs: Mailbox<JournalJob>,
        output: OutputIntake, intake: ResultIntake, writer: DispatchWriter,
        upkeep: UpkeepSchedule, onMessages: @escaping @Sendable () -> Void, meters: LoopMeters,
        spans: SessionSpans?, logger: Logger
    ) {
        core = state.core
        lastSequence = state.lastSequence
        clock = state.clock
        book = state.callbacks
        self.sockets = sockets
        self.poller = poller
        self.requests = requests
        self.notices = notices
        desk = ReplyDesk(notices: notices, log: state.log)
        self.jobs = jobs
        self.output = output
        self.intake = intake
        self.writer = writer
        self.upkeep = upkeep
        self.onMessages = onMessages
        self.meters = meters
        self.spans = spans
        self.logger = logger
    }

    /// Returns after `stop`; throws when the journal cannot be used any more.
    func run() throws {
        defer { finish() }
        handle(.recovered)
        while !isStopping {
            try turn()
        }
        if let failure { throw failure.scrivenerError }
    }

    private func turn() throws {
        let immediate = open.outcome.immediate
        open.outcome.immediate.removeAll(keepingCapacity: true)
        for effect in immediate { try carryOut(effect) }
        try seal()
        // What is not read must not end the wait either, or the loop would spin through a commit.
        sockets.setPolled(hasRoom)
        let patience = patience
        meters.turned(in: BootClock.now.since(wokenAt))
        _ = try poller.wait(timeout: patience)
        wokenAt = BootClock.now
        takeNotices()
        try admit()
        try carryOutCommitted()
        takeRequests()
        try receive()
        handle(.tick)
        desk.tellDue(at: clock.now.instant, isFull: isFull)
        hearDesk()
        if let rule = upkeep.retirement(at: clock.now) {
            _ = jobs.post(.upkeep(.retire(rule)))
        }
        for connection in try sockets.flush() { loseTouch(with: connection) }
    }

    /// Whether the open batch takes more from workers.
    private var hasRoom: Bool { open.payload.count < Self.maximumBatchBytes }

    private var patience: Duration? {
        // Carrying effects out may have led to others: they are not to wait for an event.
        let isIdle = open.outcome.immediate.isEmpty && (committing != nil || open.isEmpty)
        guard isIdle else { return .zero }
        let next = min(
            core.nextDeadline ?? .distantFuture, upkeep.nextDue ?? .distantFuture,
            desk.nextDue ?? .distantFuture, sockets.nextDue ?? .distantFuture)
        let due =
            next == .distantFuture ? nil : max(.zero, next.since(clock.now.instant).duration)
        guard sockets.hasWaiting else { return due }
        return min(due ?? Self.flushInterval, Self.flushInterval)
    }

    func handle(_ event: OrchestratorEvent) {
        core.handle(event, at: clock.now, into: &open.outcome)
    }

    // MARK: In

    func takeNotices() {
        arrivedNotices.removeAll(keepingCapacity: true)
        guard notices.drain(into: &arrivedNotices) else { return }
        for notice in arrivedNotices {
            switch notice {
            case .journal(let report): take(report)
            case .keys(let keys, let access): take(keys, access)
            case .unwatch(let session, let watcher):
                desk.leave(session: session, watcher: watcher)
            case .unfollowPool(let follower): desk.leavePool(follower)
            case .stopWaiting: desk.stopWaiting()
            case .stop: isStopping = true
            }
        }
    }

    private func takeRequests() {
        arrivedRequests.removeAll(keepingCapacity: true)
        guard requests.drain(into: &arrivedRequests) else { return }
        // Replies wait for the commit that finds no room: nobody shall, and no more shall gather.
        guard !isFull else { return turnAwayWhileFull() }
        for request in arrivedRequests {
            switch request {
            case .submit(var plan, let payload, let callbacks, let end, let waiter):
                plan.tasks.specificationPayload = open.keep(payload, row: lastSequence + 1)
                let before = open.outcome.facts.count
                handle(.submit(plan, desk.token(waiter, end)))
                book.subscribe(callbacks, openedBy: open.outcome.facts[before...])
            case .rerun(let submission, let end, let waiter):
                handle(.rerun(submission, desk.token(waiter, end)))
            case .awaitEnd(let id, let end, let waiter):
                handle(.query(.session(id: id), desk.token(waiter, end)))
            case .control(let control, let waiter):
                handle(control.event(replyingTo: desk.token(.request(waiter))))
            case .query(let query, let waiter): handle(.query(query, desk.token(.request(waiter))))
            case .watch(let id, let waiter):
                handle(.watch(sessionID: id, desk.token(.watch(waiter))))
            case .pool(let request, let waiter):
                let committing = committing?.changes.count ?? 0
                desk.take(request, waiter, unseen: committing + open.outcome.changes.count)
                hearDesk()
            case .figures(let waiter): tellFigures(waiter)
            }
        }
    }

    private func turnAwayWhileFull() {
        for request in arrivedRequests {
            if case .figures(let waiter) = request {
                tellFigures(waiter)
            } else {
                request.turnAway(.storageFull)
            }
        }
    }

    private func tellFigures(_ waiter: CheckedContinuation<PoolFigures?, Never>) {
        meters.publish(sockets.traffic, refused: sockets.gate.refused)
        waiter.resume(returning: core.figures(at: clock.now.instant))
    }

    private func receive() throws {
        for _ in 0..<Self.messagesPerTurn {
            guard hasRoom else { return }
            switch try sockets.receive() {
            case nil: return
            case .message(let connection, let message)?: take(message, from: connection)
            case .plainResults(let connection, let results)?:
                let ended = intake.take(results, batch: &open, row: lastSequence + 1)
                handle(.results(connection, epoch: results.epoch, ended))
            case let other?: take(other)
            }
        }
    }

    private func take(_ message: WorkerMessage, from connection: ConnectionID) {
        switch message {
        case .register(let registration):
            guard !registersTooOften(connection) else { return }
            let deaths = intake.deaths(
                toldBy: registration, core: &core, batch: &open, row: lastSequence + 1)
            handle(.register(connection, registration, deaths: deaths))
        case .heartbeat(let heartbeat): handle(.heartbeat(connection, heartbeat))
        case .results(let batch):
            let ended = batch.items.map {
                intake.take($0, core: &core, batch: &open, row: lastSequence + 1)
            }
            handle(.results(connection, epoch: batch.epoch, ended))
        case .released(let epoch, let attempts):
            handle(.released(connection, epoch: epoch, attempts))
        case .checkpoints(let epoch, let checkpoints):
            let kept = checkpoints.map {
                ($0.attempt, open.keep($0.bytes, row: lastSequence + 1))
            }
            handle(.checkpoints(connection, epoch: epoch, kept))
        case .output(let epoch, let said):
            output.take(said, from: connection, epoch: epoch, core: core)
        case .draining(let epoch): handle(.draining(connection, epoch: epoch))
        case .goodbye(let epoch): handle(.goodbye(connection, epoch: epoch))
        }
    }

    // MARK: Commit

    /// Hands the open batch over, unless one is on its way.
    private func seal() throws {
        guard committing == nil else { return }
        guard !open.isEmpty else {
            // Bytes of results that were refused: no fact names them.
            open.payload.removeAll(keepingCapacity: open.payload.count < 1 << 20)
            return
        }
        var dispatches: [SealedDispatch] = []
        for case .dispatch(_, _, let orders) in open.outcome.effects {
            dispatches.append(writer.draft(orders, of: &core))
        }
        let reads = writer.handles(of: dispatches)
        let batch = open.isDurable ? journalBatch() : nil
        committing = SealedBatch(
            open.outcome, dispatches, sequence: lastSequence + (batch == nil ? 0 : 1),
            hasMessages: batch?.callbacks.messages.isEmpty == false)
        open.outcome.removeAll()
        open.renewPayload()
        guard batch != nil || !reads.isEmpty else {
            committed = PayloadBytes.none
            return try carryOutCommitted()
        }
        let expecting = lastSequence
        if batch != nil { lastSequence += 1 }
        _ = jobs.post(.commit(batch, expecting: expecting, reads: reads))
        compactIfDue()
    }

    /// Now, and at no other moment, the machine is as of the last commit that was handed over.
    private func compactIfDue() {
        guard upkeep.isCompactionDue(after: lastSequence) else { return }
        _ = jobs.post(.upkeep(.compact(core.live, through: lastSequence)))
    }

    private func journalBatch() -> JournalBatch {
        let now = clock.now
        return JournalBatch(
            moment: open.outcome.moment ?? now, facts: open.outcome.facts,
            payload: open.namedPayload, archives: open.outcome.archives,
            claims: open.outcome.claims, callbacks: book.seal(open, of: core, at: now))
    }

    /// The bytes that came with the commit which `committing` waited for.
    private var committed: PayloadBytes?

    private func take(_ report: JournalReport) {
        switch report {
        case .committed(let payloads): committed = payloads
        case .full:
            isFull = true
            meters.setFull(true)
            desk.tellLate()
            logger.error("the journal's disk is full: nothing new is taken")
        case .hasRoom:
            isFull = false
            meters.setFull(false)
            logger.notice("the journal has room again")
        case .failed(let error):
            logger.critical("the journal failed", metadata: ["error": "\(error)"])
            failure = error
            isStopping = true
        }
    }

    // MARK: Out

    private func carryOutCommitted() throws {
        guard let payloads = committed, let batch = committing else { return }
        committed = nil
        committing = nil
        desk.publish(batch.changes, commit: batch.sequence)
        var reader = PayloadReader(payloads)
        var dispatches = batch.dispatches.makeIterator()
        for effect in batch.effects {
            if case .dispatch(let connection, let epoch, _) = effect {
                guard let dispatch = dispatches.next() else { continue }
                for draft in dispatch.drafts {
                    let message = writer.message(draft, epoch: epoch, payloads: &reader)
                    // Whoever was sent away meanwhile gets nothing more: it has been given up.
                    guard !sockets.gate.isExpelled(connection) else { continue }
                    _ = try deliver(message, to: connection)
                }
                for (attempt, size) in dispatch.oversize {
                    fail(attempt, on: connection, epoch: epoch, size: size)
                }
            } else {
                try carryOut(effect)
            }
        }
        // After the replies: somebody may have begun to wait with one of them.
        for ending in batch.endings {
            desk.end(ending)
            spans?.end(ending.session)
        }
        if batch.hasMessages { onMessages() }
        hearDesk()
        CrashPoint.afterEffects.pass()
    }

    /// Ends an attempt that no message can hold, as if its worker had refused it.
    private func fail(
        _ attempt: AttemptReference, on connection: ConnectionID, epoch: Int64,
        size: DispatchDraft.Size
    ) {
        let result = AttemptResult(
            attempt: attempt, runTime: .zero, result: .failed(writer.failure(of: size)))
        let ended = intake.take(result, core: &core, batch: &open, row: lastSequence + 1)
        handle(.results(connection, epoch: epoch, [ended]))
    }

    private func carryOut(_ effect: OrchestratorEffect) throws {
        switch effect {
        case .send(let connection, let message): try send(message, to: connection)
        case .acknowledge(let connection, let epoch, let attempt):
            try send(.resultsCommitted(epoch: epoch, attempts: [attempt]), to: connection)
        case .dispatch: preconditionFailure("dispatches are expanded by carryOutCommitted")
        case .reply(let token, let reply): desk.answer(token, reply, at: clock.now.instant)
        case .progress(let session, let report): desk.publish(session: session, report)
        case .poolMoved: desk.wakePool()
        }
    }

    private func send(_ message: CoordinatorMessage, to connection: ConnectionID) throws {
        guard case .welcome(var welcome) = message else {
            _ = try deliver(WireCodec.encode(message), to: connection)
            return
        }
        welcome.takesOutput = true
        welcome.redial = sockets.redial(for: connection)
        guard try deliver(WireCodec.encode(.welcome(welcome)), to: connection) else { return }
        handle(.welcomed(connection))
    }

    /// - Returns: whether it is on its way.
    private func deliver(_ message: [UInt8], to connection: ConnectionID) throws -> Bool {
        switch try sockets.send(message, to: connection) {
        case .sent: return true
        case .unroutable: loseTouch(with: connection)
        case .overflowed: handle(.overflowed(connection))
        }
        return false
    }

    /// Tells the machine what follows from who waits, and who does not any more.
    private func hearDesk() {
        for event in desk.takeEvents() { handle(event) }
    }

    /// Whoever still waits is told that the coordinator stops.
    private func finish() {
        for request in requests.close() { request.turnAway(.stopping) }
        desk.close()
        sockets.close()
    }
}
