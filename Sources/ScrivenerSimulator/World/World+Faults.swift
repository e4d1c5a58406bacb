// Faults strike, and end; and at last all is well.

import ScrivenerCore
import ScrivenerModel

extension World {
    func strike(_ index: Int) {
        guard !isHealed else { return }
        let fault = scenario.faults[index]
        let share = 0.3 + 1.4 * random.unit()
        plan(.fault(index), in: .seconds(fault.interval.seconds * share))
        let victims = workers.filter { !$0.isLiar && !$0.isRetired }
        guard let victim = random.pick(victims) else { return }
        switch fault.kind {
        case .coordinatorPause: pauseCoordinator()
        case .coordinatorCrash: crashCoordinator()
        case .slowDisk:
            disk.slow += 1
            note("the disk is slow")
            plan(.relief(.fastDisk), in: random.skewedSpan(milliseconds: 500...8_000))
        case .fullDisk:
            disk.full += 1
            note("the disk is full")
            plan(.relief(.diskHasRoom), in: random.skewedSpan(milliseconds: 500...8_000))
        case .wallClockJump: jump()
        case .lies: tellLie()
        case .unreliableMessages, .agentFailures, .hangingAgents, .stubbornAgents, .sickAgents,
            .poisonTasks:
            return
        default: strike(fault.kind, victim)
        }
    }

    private func strike(_ kind: FaultKind, _ victim: SimulatedWorker) {
        switch kind {
        case .partition:
            let length = random.skewedSpan(milliseconds: 100...15_000)
            for direction in [Direction.up, .down] { block(victim, direction, for: length) }
        case .oneWayPartition:
            let length = random.skewedSpan(milliseconds: 100...15_000)
            block(victim, random.chance(0.5) ? .up : .down, for: length)
        case .connectionReset: reset(victim)
        case .slowNetwork:
            victim.extraDelay = random.span(milliseconds: 50...3_000)
            trouble(victim)
            note("the network of \(victim.name) is slow", victim.subject)
            plan(
                .relief(.fastNetwork(worker: victim.index)),
                in: random.skewedSpan(milliseconds: 500...10_000))
        case .workerCrash: crash(victim, restartWithin: 100...10_000)
        case .workerVanish:
            note("the host of \(victim.name) vanishes", victim.subject)
            kill(victim, isReset: true, tellsPeer: false)
            plan(.startWorker(victim.index), in: random.skewedSpan(milliseconds: 500...20_000))
        case .workerPause:
            pause(victim)
            plan(
                .relief(.resumeWorker(victim.index)),
                in: random.skewedSpan(milliseconds: 100...20_000))
        case .workerFlap: flap(victim, rest: 5)
        case .workerDrain:
            guard !victim.isPaused, victim.core != nil else { return }
            note("\(victim.name) is told to drain", victim.subject)
            handle(.drain, by: victim)
            guard let patience = scenario.drainPatience else { return }
            plan(
                .relief(.endDraining(worker: victim.index, process: victim.process)), in: patience)
        case .workerZombie: replace(victim)
        case .overflow:
            guard let connection = victim.connection, coordinator != nil, coordinatorPauses == 0
            else { return }
            trouble(victim)
            note("\(victim.name) does not read and is given up", victim.subject)
            handle(.overflowed(ConnectionID(UInt64(connection))))
            planTurn(in: .zero)
        default: return
        }
    }

    func relieve(_ relief: Relief) {
        guard !isHealed else { return }
        switch relief {
        case .unblock(let worker, let direction): unblock(workers[worker], direction)
        case .resumeWorker(let worker): resume(workers[worker])
        case .resumeCoordinator: resumeCoordinator()
        case .fastNetwork(let worker):
            workers[worker].extraDelay = .zero
            trouble(workers[worker])
        case .fastDisk:
            disk.slow -= 1
            watch.lastDiskTrouble = now
        case .diskHasRoom:
            disk.full -= 1
            watch.lastDiskTrouble = now
        case .flap(let worker, let rest): flap(workers[worker], rest: rest)
        case .endDraining(let index, let process):
            let worker = workers[index]
            guard worker.process == process, worker.core != nil, !worker.isPaused else { return }
            note("\(worker.name) has no more time to drain", worker.subject)
            worker.hasToLeave = true
            handle(.stopAll, by: worker)
        }
    }

    // MARK: Network

    private func block(
        _ worker: SimulatedWorker, _ direction: Direction, for length: TimeSpan
    ) {
        worker.blocked[direction.rawValue] += 1
        trouble(worker)
        updateSilence(worker)
        note("nothing passes \(direction) from or to \(worker.name)", worker.subject)
        plan(.relief(.unblock(worker: worker.index, direction)), in: length)
    }

    private func unblock(_ worker: SimulatedWorker, _ direction: Direction) {
        worker.blocked[direction.rawValue] -= 1
        trouble(worker)
        updateSilence(worker)
        note("\(direction) is open again for \(worker.name)", worker.subject)
        pumpAll(of: worker)
    }

    private func reset(_ worker: SimulatedWorker) {
        guard let connection = worker.connection else { return }
        note("the connection of \(worker.name) is reset", worker.subject)
        closeAtWorker(connection, isReset: true)
        if random.chance(0.5) { closeAtCoordinator(connection) }
    }

    // MARK: Workers

    private func crash(_ worker: SimulatedWorker, restartWithin range: ClosedRange<Int>) {
        kill(worker, isReset: random.chance(0.5))
        plan(.startWorker(worker.index), in: random.skewedSpan(milliseconds: range))
    }

    private func flap(_ worker: SimulatedWorker, rest: Int) {
        note("\(worker.name) flaps", worker.subject)
        crash(worker, restartWithin: 20...300)
        guard rest > 0 else { return }
        plan(
            .relief(.flap(worker: worker.index, rest: rest - 1)),
            in: random.span(milliseconds: 100...1_500))
    }

    /// A stopped worker is thought dead, and another process takes its name.
    private func replace(_ worker: SimulatedWorker) {
        guard worker.core != nil, workers.count < 12 else { return }
        pause(worker)
        note("\(worker.name) is to be replaced", worker.subject)
        worker.isRetired = true
        let other = addWorker(worker.blueprint)
        plan(.startWorker(other.index), in: random.skewedSpan(milliseconds: 50...8_000))
        plan(
            .relief(.resumeWorker(worker.index)), in: random.skewedSpan(milliseconds: 500...15_000))
    }

    // MARK: Coordinator

    private func pauseCoordinator() {
        coordinatorPauses += 1
        if coordinatorPauses == 1 { watch.coordinatorStopped(at: now) }
        lastCoordinatorTrouble = now
        for worker in workers { updateSilence(worker) }
        note("the coordinator is stopped")
        plan(.relief(.resumeCoordinator), in: random.skewedSpan(milliseconds: 100...9_000))
    }

    func resumeCoordinator() {
        guard coordinatorPauses > 0 else { return }
        coordinatorPauses -= 1
        guard coordinatorPauses == 0 else { return }
        lastCoordinatorTrouble = now
        watch.coordinatorResumed(
            at: now,
            heartbeatInterval: coordinator?.core.heartbeatInterval
                ?? configuration.heartbeatInterval)
        for worker in workers { updateSilence(worker) }
        note("the coordinator goes on")
        coordinator?.turnAt = nil
        planTurn(in: .zero)
    }

    private func crashCoordinator() {
        killCoordinator()
        plan(.startCoordinator, in: random.skewedSpan(milliseconds: 50...9_000))
    }

    /// Up to a year in either direction.
    private func jump() {
        let milliseconds = Int64(random.within(-31_536_000_000...31_536_000_000))
        if !options.ignoresWallClockJumps { wallOffset = milliseconds }
        note("the wall clock jumps")
    }

    // MARK: Healing

    /// From now on nothing goes wrong any more, and whoever is needed is there.
    func heal() {
        note("all is well from now on")
        isHealed = true
        healedAt = now
        disk.slow = 0
        disk.full = 0
        watch.lastDiskTrouble = now
        coordinatorPauses = min(coordinatorPauses, 1)
        resumeCoordinator()
        startCoordinator()
        addSpare()
        for worker in workers {
            worker.extraDelay = .zero
            worker.blocked = [0, 0]
            worker.pauses = min(worker.pauses, 1)
            trouble(worker)
            resume(worker)
            updateSilence(worker)
            pumpAll(of: worker)
            plan(.startWorker(worker.index), in: random.span(milliseconds: 0...1_000))
        }
    }

    /// Somebody who can do all that a plan may ask for.
    private func addSpare() {
        let offer = AgentOffer(
            name: scenario.vocabulary.agent, capabilities: scenario.types.map(\.name),
            tags: scenario.vocabulary.tags, slots: 4)
        addWorker(
            WorkerBlueprint(
                name: "spare", offers: [offer],
                resources: [
                    ResourceAmount(name: "gpu", amount: 4),
                    ResourceAmount(name: ResourceAmount.memoryName, amount: 8_192),
                ], speed: 1, clockOffset: .zero))
    }
}
