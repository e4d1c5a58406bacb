// What holds of workers, their instances and what they hold: see `Invariants`.

import ScrivenerModel

// MARK: - Workers

extension Audit {
    /// Every live attempt is held by its worker and by no other; nothing else is held.
    func checkHeld() {
        var live: [AttemptReference: Int32] = [:]
        for number in core.sessions.numbers {
            core.sessions.read(number) { session in
                for task in session.graph.live {
                    for (attempt, worker) in session.liveAttempts(of: Int(task)) {
                        live[attempt] = worker
                    }
                }
            }
        }
        for (attempt, worker) in live.sorted(by: { $0.key < $1.key }) {
            expect(
                core.registry.held(attempt, worker: worker)?.isLingering == false,
                "\(attempt) runs on worker \(worker), which does not hold it")
        }
        for worker in core.registry.workers {
            for attempt in worker.heldInOrder where worker.held[attempt]?.isLingering == false {
                expect(
                    live[attempt] == worker.number,
                    "worker \(worker.id) holds \(attempt), which does not run there")
            }
        }
        checkHeldCounts()
    }

    private func checkHeldCounts() {
        let registry = core.registry
        let held = registry.workers.flatMap { $0.held.values }
        expect(
            registry.runningCount == held.count,
            "\(registry.runningCount) attempts are counted, \(held.count) held")
        expect(
            registry.prefetchedCount == held.count { $0.isPrefetched },
            "\(registry.prefetchedCount) attempts are counted as prefetched")
        for agent in registry.runningByAgent.indices {
            let count = held.count { Int($0.agent) == agent }
            expect(
                registry.runningByAgent[agent] == count,
                "\(registry.runningByAgent[agent]) attempts of agent \(agent) are counted, "
                    + "\(count) held")
        }
        let open = registry.workers.flatMap(\.instances).filter {
            registry.instances[Int($0)].isListed && registry.instances[Int($0)].freeSlots > 0
        }
        expect(
            registry.open.sorted() == open.sorted(),
            "the instances \(registry.open.sorted()) are listed as open, \(open.sorted()) are")
        for (place, instance) in registry.open.enumerated() {
            expect(
                registry.instances[Int(instance)].openPlace == place,
                "instance \(instance) is not listed as open where it says")
        }
        let longest = registry.workers.compactMap(\.roundTrip).max() ?? .zero
        expect(
            registry.longestRoundTrip >= longest,
            "the longest round trip is \(longest), noted is \(registry.longestRoundTrip)")
        let degraded = registry.workers.flatMap(\.instances).count {
            let instance = registry.instances[Int($0)]
            return instance.isListed && instance.health == .degraded
        }
        expect(
            registry.degradedCount == degraded,
            "\(registry.degradedCount) instances are counted as degraded, \(degraded) are")
    }

    func checkWorker(_ worker: WorkerState) {
        switch worker.phase {
        case .absent:
            expect(worker.held.isEmpty, "worker \(worker.id) is absent and holds attempts")
        case .awaited, .connected, .suspect, .draining:
            expect(
                core.timers.contains(.lease(worker: worker.number))
                    && worker.leaseWatchedAt != nil,
                "worker \(worker.id) has a lease and no timer")
        }
        if case .suspect = worker.phase {
            let half = TimeSpan(nanoseconds: -(core.configuration.lease.nanoseconds / 2))
            expect(
                worker.leaseUntil.advanced(by: half) <= core.handledAt,
                "worker \(worker.id) is suspected and was heard within half a lease")
        }
        guard let connection = worker.connection else {
            expect(worker.instances.isEmpty, "worker \(worker.id) is away and in service")
            return
        }
        expect(
            core.registry.worker(on: connection.id) == worker.number,
            "the connection of worker \(worker.id) leads to another")
        for instance in worker.instances { checkSlots(instance, of: worker) }
        let placed = worker.held.values.count {
            core.registry.instance(worker: worker.number, agent: $0.agent) != nil
        }
        expect(
            placed == worker.held.count,
            "worker \(worker.id) holds \(worker.held.count) attempts, \(placed) in a slot")
        for (place, resource) in worker.resources.enumerated() {
            let used = worker.held.keys.flatMap { worker.held.resources(of: $0) }
                .filter { Int($0.place) == place }
                .reduce(0) { $0 + $1.amount }
            expect(
                resource.used == used && used <= resource.total,
                "worker \(worker.id): \(resource.used) of \(resource.total) \(resource.name) in "
                    + "use, held are \(used)")
        }
    }

    private func checkSlots(_ index: Int32, of worker: WorkerState) {
        let instance = core.registry.instances[Int(index)]
        let name = "\(instance.offer.name) on \(worker.id)"
        let held = worker.held.values.filter { $0.agent == instance.agent }
        let slots = held.reduce(0) { $0 + $1.slots }
        expect(instance.worker == worker.number, "\(name): belongs to another worker")
        expect(
            instance.used == slots,
            "\(name): \(instance.used) slots are in use, attempts hold \(slots)")
        let most =
            max(0, instance.offer.slots)
            * (1 + core.configuration.maximumPrefetchPerSlot)
        expect(
            instance.used <= most,
            "\(name): \(instance.used) of \(instance.offer.slots) slots are in use")
        expect(
            instance.isListed == (worker.takesWork && instance.isAble && !worker.isKept),
            "\(name): listed \(instance.isListed), \(worker.phase), \(instance.health)")
    }

    /// Ejections end, probes run, and there is nothing to look at while all are closed.
    func checkCircuits() {
        let all = core.circuits.inOrder
        let unsettled = all.count { !$0.breaker.isClosed }
        expect(
            core.circuits.unsettledCount == unsettled,
            "\(core.circuits.unsettledCount) breakers are not closed, a recount says \(unsettled)")
        for (key, breaker) in all {
            let name = "the breaker of agent \(key.agent) on worker \(key.worker)"
            switch breaker.state {
            case .closed, .halfOpen: break
            case .open(let until):
                expect(
                    until > core.handledAt || breaker.admits(at: core.handledAt) == .probe,
                    "\(name) was to let a task in at \(until.nanoseconds)")
                expect(
                    until <= core.handledAt
                        || core.timers.contains(.circuit(worker: key.worker, agent: key.agent)),
                    "\(name) is open and has no timer")
            case .probing(let attempt, _):
                expect(
                    core.registry.held(attempt, worker: key.worker)?.agent == key.agent,
                    "\(name) waits for the probe \(attempt), which does not run there")
            }
        }
    }

    private func isToRunAlone(_ attempt: AttemptReference) -> Bool {
        core.sessions.read(attempt.session) { session in
            session.graph.deaths[attempt.task]?.aloneAfter.map { attempt.attempt > $0 } ?? false
        } ?? false
    }

    /// Workers are kept free for somebody who waits, and for one demand each; or by an attempt that
    /// has the worker to itself.
    func checkRooms() {
        let rooms = core.room.kept
        let kept = core.registry.workers.indices.filter { core.registry.workers[$0].isKept }
        expect(
            rooms.map { Int($0.worker) }.sorted() == kept,
            "\(kept) are kept free, known are \(rooms)")
        for (number, worker) in core.registry.workers.enumerated() where worker.connection != nil {
            for attempt in worker.heldInOrder where isToRunAlone(attempt) {
                expect(
                    rooms.contains { $0.tenant == attempt },
                    "worker \(number) runs \(attempt), which is to be alone, and is not kept so")
            }
        }
        let open = rooms.filter { $0.tenant == nil }
        expect(
            Set(open.map(\.demand)).count == open.count, "a demand has several rooms: \(rooms)")
        for room in rooms {
            guard room.tenant == nil else {
                let held = core.registry.workers[Int(room.worker)].heldInOrder
                expect(
                    held == [room.tenant], "\(held) run on worker \(room.worker), kept for \(room)")
                continue
            }
            expect(
                core.room.missingSince[room.demand] != nil,
                "worker \(room.worker) is kept free for nobody")
            expect(
                core.registry.isKept(room.instance, by: room.worker),
                "worker \(room.worker) is kept free and takes no work")
        }
        for demand in core.room.missingSince.keys {
            expect(
                core.dispatcher.holdsTasks(demand),
                "demand \(demand) waits for room, and nobody does")
        }
    }

    /// Each demand lists exactly the instances that can serve it now, and each of them knows.
    func checkEligible() {
        let registry = core.registry
        let inService = registry.workers.filter { $0.takesWork && !$0.isKept }
            .flatMap(\.instances).filter { registry.instances[Int($0)].isAble }
        for (number, demand) in registry.demands.enumerated() {
            let able = inService.filter { registry.rank(of: $0, for: demand) != nil }
            let listed = registry.eligible[number].all.sorted()
            expect(
                listed == able.sorted(),
                "\(demand): eligible are \(able.sorted()), listed \(listed)")
            for instance in registry.eligible[number].wanted {
                expect(
                    registry.rank(of: instance, for: demand) == 0,
                    "\(demand): instance \(instance) stands in and is listed as wanted")
            }
            for (rank, instance) in registry.eligible[number].standIns {
                expect(
                    rank > 0 && registry.rank(of: instance, for: demand) == rank,
                    "\(demand): instance \(instance) stands in with rank \(rank)")
            }
            for instance in able {
                let times = registry.instances[Int(instance)].demands.count { $0 == number }
                expect(times == 1, "\(demand): instance \(instance) lists it \(times) times")
            }
        }
    }
}
