// The coordinator's shell: turns, batches, one commit in flight, effects after their commit. What
// the real one does in `CoordinatorLoop.turn`, in the same order.

import ScrivenerCore
import ScrivenerModel

extension World {
    // MARK: Life

    func startCoordinator() {
        guard coordinator == nil else { return }
        coordinatorLife += 1
        guard checkJournal() else { return }
        var core = OrchestratorCore(
            configuration: configuration, journalID: "journal", incarnation: Int64(coordinatorLife),
            seed: random.next())
        disk.forgetPasses()
        disk.readBack(into: &core)
        let last = disk.rows.last?.moment.instant ?? .zero
        coordinator = CoordinatorProcess(
            core: core, life: coordinatorLife, lastSequence: Int64(disk.rows.count),
            clockOffset: last.since(now))
        handled = committed
        // What never came to disk has not happened.
        watch.lostByLease = watch.lostByLease.filter(hasEnded)
        watch.arrivals.handedBack = watch.arrivals.handedBack.filter(hasEnded)
        watch.coordinatorStarted(handled.workers, at: now, grace: configuration.reattachGrace)
        lastCoordinatorTrouble = now
        note("the coordinator starts, life \(coordinatorLife)")
        handle(.recovered)
        planTurn(in: .zero)
    }

    private func hasEnded(_ attempt: AttemptReference) -> Bool {
        handled.task(of: attempt)?.history.contains {
            $0.attempt == attempt.attempt && $0.ending != nil
        } == true
    }

    func killCoordinator() {
        guard let process = coordinator else { return }
        note("the coordinator dies")
        lastCoordinatorTrouble = now
        // The disk may have finished what it was given.
        if let row = process.committing?.row, disk.full == 0, !process.isOnDisk,
            random.chance(0.5)
        {
            append(row)
        }
        coordinator = nil
        clients.coordinatorDied()
        for number in connections.indices where connections[number].isOpenAtCoordinator {
            if random.chance(0.5) { connections[number].down.envelopes.removeAll() }
            closeAtCoordinator(number)
        }
        for action in clients.takeUnanswered() {
            plan(.client(action), in: random.span(milliseconds: 100...2_000))
        }
    }

    // MARK: Turns

    func planTurn(in span: TimeSpan) {
        guard let process = coordinator else { return }
        let due = now.advanced(by: span)
        if let planned = process.turnAt, planned <= due { return }
        process.turnAt = due
        queue.plan(.coordinatorTurn(life: process.life), at: due)
    }

    func arrive(_ message: WorkerMessage, on connection: ConnectionNumber) {
        guard let process = coordinator else { return }
        process.messages.append((connection, message))
        planTurn(in: random.span(microseconds: 10...200))
    }

    func takeTurn(life: Int) {
        guard let process = coordinator, process.life == life, process.turnAt == now,
            coordinatorPauses == 0
        else { return }
        process.turnAt = nil
        takeNews(process)
        carryOutCommitted(process)
        takeRequests(process)
        takeMessages(process)
        if sabotage.kind != .noTimers { handle(.tick) }
        carryOutImmediate(process)
        seal(process)
        checkTurn(process)
        probeExplanation(process)
        if let deadline = process.core.nextDeadline, sabotage.kind != .noTimers {
            let due = Instant(
                nanoseconds: deadline.nanoseconds - process.clockOffset.nanoseconds)
            planTurn(in: max(.zero, due.since(now)))
        }
    }

    func handle(_ event: OrchestratorEvent) {
        guard let process = coordinator else { return }
        let (facts, effects, immediate, archives) = (
            process.outcome.facts.count, process.outcome.effects.count,
            process.outcome.immediate.count, process.outcome.archives.count
        )
        let kept = process.core.keptWorkers
        process.core.handle(event, at: moment(of: process), into: &process.outcome)
        watch.keptFree = kept + process.core.keptWorkers
        observe(
            event, process, facts: facts, effects: effects, immediate: immediate,
            archives: archives)
    }

    private func moment(of process: CoordinatorProcess) -> Moment {
        let wall = now.nanoseconds / 1_000_000 + wallOffset
        return Moment(
            instant: now.advanced(by: process.clockOffset),
            wall: WallTime(millisecondsSince1970: 1_700_000_000_000 + wall))
    }

    // MARK: In

    private func takeNews(_ process: CoordinatorProcess) {
        for news in process.diskNews {
            switch news {
            case .committed: process.isCommitted = true
            case .full: process.isFull = true
            case .hasRoom: process.isFull = false
            }
        }
        process.diskNews.removeAll()
    }

    private func takeRequests(_ process: CoordinatorProcess) {
        let requests = process.requests
        process.requests.removeAll()
        for (request, payload) in requests {
            guard case .submit(var plan, let token) = request else {
                handle(request)
                continue
            }
            guard !process.isFull else {
                answer(token, .refused(ScrivenerError(.storageFull, "full", retryAfterSeconds: 1)))
                continue
            }
            plan.tasks.specificationPayload = process.keep(payload ?? [])
            handle(.submit(plan, token))
        }
    }

    private func takeMessages(_ process: CoordinatorProcess) {
        let messages = process.messages
        process.messages.removeAll()
        for (number, message) in messages {
            let connection = ConnectionID(UInt64(number))
            switch message {
            case .register(let registration):
                let deaths = registration.death?.attempts.map {
                    AttemptDeath($0, record: keepResult(Array("died".utf8), process))
                }
                handle(.register(connection, registration, deaths: deaths ?? []))
            case .heartbeat(let heartbeat): handle(.heartbeat(connection, heartbeat))
            case .results(let batch):
                let ended = batch.items.map { take($0, process) }
                handle(.results(connection, epoch: batch.epoch, ended))
            case .released(let epoch, let attempts):
                handle(.released(connection, epoch: epoch, attempts))
            case .checkpoints(let epoch, let kept):
                let handles = kept.map { ($0.attempt, process.keep($0.bytes)) }
                handle(.checkpoints(connection, epoch: epoch, handles))
            // No machine hears of it: the shells pass it on beside them.
            case .output: continue
            case .draining(let epoch): handle(.draining(connection, epoch: epoch))
            case .goodbye(let epoch): handle(.goodbye(connection, epoch: epoch))
            }
        }
    }

    /// As `ResultIntake` does it.
    private func take(_ result: AttemptResult, _ process: CoordinatorProcess) -> EndedAttempt {
        var taken = result.result
        var proposed: TaskColumns?
        var base = 0
        if let proposal = taken.proposedTasks, taken.failure == nil,
            let context = process.core.extensionContext(for: result.attempt)
        {
            base = context.existingIDs.count
            let existing = (0..<context.existingIDs.count).map { context.existingIDs[$0] }
            do throws(ScrivenerError) {
                let tasks = try PlanParser.proposedTasks(
                    fromJSON: proposal.bytes, existing: existing, defaults: context.config)
                var (columns, payload) = PlanCompiler.columns(
                    tasks, following: context.existingIDs, config: context.config)
                columns.specificationPayload = process.keep(payload)
                proposed = columns
            } catch {
                taken = .failed(
                    AgentFailure(.permanent, code: "proposed_tasks_invalid", message: "\(error)"))
            }
        }
        let record = keepResult(taken.payload.bytes, process)
        return EndedAttempt(
            attempt: result.attempt, runTime: max(.zero, result.runTime),
            failure: taken.failure?.failureClass,
            isHandedBack: taken.failure?.isHandedBack == true,
            peakMemoryBytes: Int64(taken.usage.peakMemoryBytes), record: record,
            summary: FindingsSummary(taken.findings), proposed: proposed, proposalBase: base)
    }

    private func keepResult(_ payload: [UInt8], _ process: CoordinatorProcess) -> ResultHandle {
        let handle = process.keep(payload)
        return ResultHandle(
            row: handle.row, offset: handle.offset, payloadLength: handle.length, annexLength: 0)
    }

    // MARK: Commit

    private func seal(_ process: CoordinatorProcess) {
        guard process.committing == nil, process.isDurable || !process.outcome.effects.isEmpty
        else { return }
        let specifications = process.outcome.effects.compactMap { effect in
            if case .dispatch(_, _, let orders) = effect {
                Self.told(orders, &process.core)
            } else {
                nil
            }
        }
        let row =
            process.isDurable
            ? JournalRow(
                moment: moment(of: process), facts: process.outcome.facts,
                payload: process.payload, archives: process.outcome.archives) : nil
        process.committing = SealedBatch(
            row: row, effects: process.outcome.effects, specifications: specifications)
        process.outcome.removeAll()
        process.payload.removeAll(keepingCapacity: true)
        guard row != nil || !specifications.isEmpty else {
            process.isCommitted = true
            return carryOutCommitted(process)
        }
        if row != nil {
            process.lastSequence += 1
            if random.chance(0.05) {
                process.compaction = (process.core.live, Int(process.lastSequence))
            }
        }
        if sabotage.kind == .effectsBeforeCommit { carryOutEarly(process) }
        plan(.diskDone(life: process.life), in: commitTime)
    }

    private var commitTime: TimeSpan {
        let own = random.span(microseconds: scenario.commitMicroseconds)
        guard disk.slow > 0 else { return own }
        return TimeSpan(
            nanoseconds: own.nanoseconds + random.span(milliseconds: 50...2_000).nanoseconds)
    }

    func diskIsDone(life: Int) {
        guard let process = coordinator, process.life == life, let batch = process.committing else {
            return
        }
        if let row = batch.row {
            guard disk.full == 0 else {
                if !process.isFull { process.diskNews.append(.full) }
                planTurn(in: .zero)
                return plan(.diskDone(life: life), in: .milliseconds(500))
            }
            append(row)
            let due = process.compaction.flatMap { $0.rows == disk.rows.count ? $0.live : nil }
            disk.compact(due, slice: random.within(1...8), sweeps: random.chance(0.5))
            process.isOnDisk = true
            process.diskNews.append(.hasRoom)
        }
        process.diskNews.append(.committed)
        planTurn(in: random.span(microseconds: 10...100))
    }

    private func append(_ row: JournalRow) {
        let kept = sabotaged(row)
        for fact in row.facts { checkCommit(fact, at: row.moment.instant) }
        disk.rows.append(kept)
        for archive in row.archives {
            if !disk.archived.insert(archive.session.sessionID).inserted {
                report(.history, "\(archive.session.sessionID) was archived twice")
            }
            considerRerun(of: archive)
        }
    }

    // MARK: Out

    private func carryOutImmediate(_ process: CoordinatorProcess) {
        let effects = process.outcome.immediate
        process.outcome.immediate.removeAll(keepingCapacity: true)
        for effect in effects { carryOut(effect) }
    }

    private func carryOutCommitted(_ process: CoordinatorProcess) {
        guard process.isCommitted, let batch = process.committing else { return }
        process.isCommitted = false
        process.isOnDisk = false
        process.committing = nil
        var specifications = batch.specifications.makeIterator()
        for effect in batch.effects {
            if case .dispatch(let connection, let epoch, _) = effect {
                send(specifications.next() ?? [], epoch: epoch, to: connection)
            } else {
                carryOut(effect)
            }
        }
    }

    /// What a shell would do that does not wait for its disk.
    private func carryOutEarly(_ process: CoordinatorProcess) {
        process.isCommitted = true
        let batch = process.committing
        carryOutCommitted(process)
        process.committing = batch
        process.committing?.effects = []
        process.committing?.specifications = []
    }

    /// What attempts are to be told, without those that are over already.
    private static func told(
        _ orders: OrderList, _ core: inout OrchestratorCore
    ) -> [(DispatchOrder, DispatchSpecification)] {
        let limits = DispatchDraft.Limits(bytes: .max, inputs: .max)
        var draft = DispatchDraft()
        let live = orders.filter { core.add($0, to: &draft, limits) == .added }
        return Array(zip(live, draft.specifications))
    }

    private func expand(
        _ told: [(DispatchOrder, DispatchSpecification)]
    ) -> [(DispatchItem, DispatchSession)] {
        told.map { order, specification in
            let inputs = specification.inputs.map {
                DispatchInput(
                    taskID: $0.taskID, taskType: $0.taskType, payload: RawJSON(read($0.payload)))
            }
            let item = DispatchItem(
                attempt: order.attempt, agentIndex: order.agentIndex, timeout: order.timeout,
                progressTimeout: order.progressTimeout, isExclusive: order.isExclusive,
                isAtMostOnce: order.isAtMostOnce,
                slots: order.slots,
                checkpoint: specification.checkpoint.map(read), taskID: specification.taskID,
                taskType: specification.taskType,
                description: String(decoding: read(specification.description), as: UTF8.self),
                parameters: RawJSON(read(specification.parameters)), inputs: inputs)
            return (item, specification.session)
        }
    }

    private func read(_ handle: PayloadHandle) -> [UInt8] {
        guard let bytes = disk.read(handle) else {
            report(.outputCommit, "bytes were read that are not on disk: \(handle)")
            return []
        }
        return bytes
    }

    private func send(
        _ told: [(DispatchOrder, DispatchSpecification)], epoch: Int64,
        to connection: ConnectionID
    ) {
        guard let last = told.last?.0 else { return }
        let items = expand(told)
        var batch = DispatchBatch(
            epoch: epoch, number: last.number, sessions: [], items: items.map(\.0))
        for (_, session) in items where !batch.sessions.contains(where: { $0 == session }) {
            batch.sessions.append(session)
        }
        transmit(.dispatch(batch), to: connection)
    }

    private func carryOut(_ effect: OrchestratorEffect) {
        switch effect {
        case .send(let connection, let message): transmit(message, to: connection)
        case .acknowledge(let connection, let epoch, let attempt):
            transmit(.resultsCommitted(epoch: epoch, attempts: [attempt]), to: connection)
        case .dispatch: preconditionFailure("dispatches are expanded by carryOutCommitted")
        case .reply(let token, let reply): answer(token, reply)
        case .progress(let session, let report): checkProgress(report, of: session)
        // Nobody follows the pool in the simulated world.
        case .poolMoved: break
        }
    }

    private func transmit(_ message: CoordinatorMessage, to connection: ConnectionID) {
        checkSending(message, on: Int(connection.rawValue))
        if !send(message, on: Int(connection.rawValue)) {
            note("nobody is on connection \(connection.rawValue)")
            handle(.unroutable(connection))
        } else if case .welcome = message {
            noteWelcome(on: connection)
            handle(.welcomed(connection))
        }
    }
}
