// Pools of workers: once a second it is looked at what waits, what runs and who is there, and how many
// replicas each pool should have is worked out anew (`PoolScaler`). Nobody is told: it is read by questions
// and by monitoring. Where no pools are configured there is no timer, and nothing is done.

import ScrivenerModel

extension OrchestratorCore {
    private static let scalingInterval = TimeSpan.seconds(1)
    /// Of the sessions that wait for the same so many are looked at, of the tasks of each and of all of them, and of
    /// what waits for a task and for all of them: a look costs the loop milliseconds, however much waits.
    private static let lookedAt = (
        sessions: 2_048, tasksOfEach: 256, tasks: 16_384, dependantsOfEach: 64, dependants: 65_536
    )

    /// From now on the pools are scaled, if there are any.
    mutating func beginScaling(at now: Instant) {
        guard !scaling.isEmpty else { return }
        scaling.settledAt = now.advanced(by: configuration.reattachGrace)
        scalePools(at: now)
    }

    mutating func scalePools(at now: Instant) {
        scaling.learn(workers: registry.workers)
        scaling.learn(demands: registry.demands)
        let survey = survey(at: now)
        scaling.update(survey, at: now)
        timers.add(.scaling, at: now.advanced(by: Self.scalingInterval))
    }

    // MARK: Surveying

    private func survey(at now: Instant) -> PoolSurvey {
        var survey = PoolSurvey(
            pools: scaling.scalers.count,
            room: Double(configuration.maximumRunningAttempts),
            rooms: registry.demands.map(limit))
        for worker in registry.workers { count(worker, in: &survey, at: now) }
        for demand in dispatcher.queues.indices {
            countReady(demand: Int32(demand), in: &survey, at: now)
        }
        for worker in registry.workers where !worker.held.isEmpty {
            countFollowing(worker, in: &survey, at: now)
        }
        return survey
    }

    /// How many attempts may run of the agent that a demand names.
    private func limit(of demand: Demand) -> Double {
        guard !configuration.agentLimits.isEmpty, case .agent(let name) = demand.wanted,
            let limit = configuration.agentLimits[name]
        else { return .infinity }
        return Double(limit)
    }

    private func service(
        of demand: Int32, in survey: inout PoolSurvey
    ) -> PoolSurvey.Service {
        if let known = survey.services[Int(demand)] { return known }
        let service = PoolSurvey.Service(
            takers: takers(of: demand),
            outsiders: registry.eligible[Int(demand)].all.filter { pool(ofInstance: $0) == nil })
        survey.services[Int(demand)] = service
        return service
    }

    /// The pools that fit a demand best, by what is specified of them and by what their replicas offer.
    /// Several share the work in proportion to what they may grow to: so they reach it together.
    private func takers(of demand: Int32) -> [PoolSurvey.Taker] {
        var ranks: [Int: Int32] = [:]
        for match in scaling.matches(ofDemand: demand) { ranks[match.pool] = match.rank }
        let eligible = registry.eligible[Int(demand)]
        for instance in eligible.wanted {
            if let pool = pool(ofInstance: instance) { ranks[pool] = 0 }
        }
        for (rank, instance) in eligible.standIns {
            guard let pool = pool(ofInstance: instance) else { continue }
            ranks[pool] = min(ranks[pool] ?? rank, rank)
        }
        guard let best = ranks.values.min() else { return [] }
        let pools = ranks.keys.filter { ranks[$0] == best }.sorted()
        let sizes = pools.map { pool in
            let specification = scaling.scalers[pool].specification
            return Double(specification.maximum) * Double(specification.slots)
        }
        let sum = max(1, sizes.reduce(0, +))
        return zip(pools, sizes).map { PoolSurvey.Taker(pool: $0, part: $1 / sum) }
    }

    private func pool(ofInstance instance: Int32) -> Int? {
        scaling.pool(ofWorker: registry.instances[Int(instance)].worker)
    }

    // MARK: Workers

    private func count(_ worker: WorkerState, in survey: inout PoolSurvey, at now: Instant) {
        let pool = scaling.pool(ofWorker: worker.number)
        var slots: [Int32: Double] = [:]
        for held in zip(worker.held.keys, worker.held.values) {
            let remaining = Self.remaining(of: held.1, at: now)
            let share = share(of: remaining, in: pool)
            survey.addRunning(
                held.1.slots, share: share, session: held.0.session, pool: pool)
            slots[held.1.agent, default: 0] += share * Double(held.1.slots)
        }
        guard let pool else {
            for number in worker.instances where registry.instances[Int(number)].isListed {
                let instance = registry.instances[Int(number)]
                survey.addOutside(
                    number, slots: Double(instance.slots) - slots[instance.agent, default: 0])
            }
            return
        }
        switch worker.phase {
        case .connected, .suspect:
            survey.replicas[pool].connected += 1
            if worker.held.isEmpty, worker.takesWork, !worker.isKept {
                survey.replicas[pool].idle.append(worker.number)
            }
        case .draining: survey.replicas[pool].draining += 1
        case .awaited where !worker.held.isEmpty: survey.replicas[pool].awaited += 1
        case .awaited, .absent: break
        }
    }

    /// By the horizon of its pool; of the first one where it is of none.
    private func share(of runTime: TimeSpan, in pool: Int?) -> Double {
        scaling.scalers[pool ?? 0].share(of: runTime)
    }

    /// What is left of an attempt: an eighth of what was expected where it takes longer.
    private static func remaining(of held: AssignedAttempt, at now: Instant) -> TimeSpan {
        guard !held.isPrefetched else { return held.expected }
        let left = held.expected.nanoseconds - now.since(held.dispatchedAt).nanoseconds
        return TimeSpan(nanoseconds: max(left, held.expected.nanoseconds / 8))
    }

    // MARK: Tasks

    private func countReady(demand: Int32, in survey: inout PoolSurvey, at now: Instant) {
        let lanes = dispatcher.queues[Int(demand)].lanes
        let step = lanes.count / Self.lookedAt.sessions + 1
        let most = max(
            1, min(Self.lookedAt.tasksOfEach, Self.lookedAt.tasks * step / max(1, lanes.count)))
        for place in stride(from: 0, to: lanes.count, by: step) where !lanes[place].tasks.isEmpty {
            sessions.read(lanes[place].session) { session in
                guard !session.isPaused, session.status != .cancelling else { return }
                countReady(
                    lanes[place].tasks, atMost: most, of: session, demand, factor: Double(step),
                    &survey, at: now)
            }
        }
    }

    private func countReady(
        _ tasks: ReadyTasks, atMost most: Int, of session: Session, _ demand: Int32,
        factor: Double, _ survey: inout PoolSurvey, at now: Instant
    ) {
        // Others wait for their session's turn, and not for a replica.
        let room = max(0, session.config.concurrencyLimit - session.graph.live.count)
        var batch = PoolSurvey.Batch(
            session: session.number, demand: demand,
            slots: registry.demands[Int(demand)].slots, count: Double(tasks.count),
            startable: min(tasks.count, room), sample: [], factor: factor)
        let step = tasks.count / most + 1
        var looked: [Int] = []
        var place = 0
        tasks.forEach { entry in
            let task = Int(entry.task)
            if tasks.count <= room, entry.wait(at: now) > batch.oldestWait,
                session.graph.lifecycle.isReady(task)
            {
                batch.oldestWait = entry.wait(at: now)
            }
            if place % step == 0 {
                looked.append(task)
                batch.sample.append(runTime(of: task, in: session, at: now))
            }
            place += 1
        }
        let service = service(of: demand, in: &survey)
        survey.add(
            batch, for: service, limit: session.config.concurrencyLimit,
            scalers: scaling.scalers)
        for (task, runTime) in zip(looked, batch.sample) {
            countFollowing(
                task, of: session, after: runTime, factor: factor * Double(step), &survey,
                at: now)
        }
    }

    private func runTime(of task: Int, in session: Session, at now: Instant) -> TimeSpan {
        session.graph.statedRunTime(of: task)
            ?? performance.durations.estimate(type: session.kind(of: task), at: now)
    }

    /// What waits for the attempts of a worker.
    private func countFollowing(
        _ worker: WorkerState, in survey: inout PoolSurvey, at now: Instant
    ) {
        for held in zip(worker.held.keys, worker.held.values) where !held.1.isLingering {
            let remaining = Self.remaining(of: held.1, at: now)
            sessions.read(held.0.session) { session in
                guard !session.isPaused, session.status != .cancelling else { return }
                countFollowing(
                    Int(held.0.task), of: session, after: remaining, factor: 1, &survey, at: now)
            }
        }
    }

    /// What waits for a task that runs or is ready, and will be over within the horizon. Each counts for
    /// the part of what it still waits for: for one where all of that runs or is ready.
    private func countFollowing(
        _ task: Int, of session: Session, after remaining: TimeSpan, factor: Double,
        _ survey: inout PoolSurvey, at now: Instant
    ) {
        for dependant in session.graph.dependants(of: task).prefix(Self.lookedAt.dependantsOfEach) {
            guard survey.followed < Self.lookedAt.dependants else { return }
            survey.followed += 1
            let dependant = Int(dependant)
            guard case .waiting(let open) = session.graph.lifecycle[dependant] else { continue }
            let demand = session.demand(of: dependant)
            let service = service(of: demand, in: &survey)
            guard
                service.takers.contains(where: { remaining <= scaling.scalers[$0.pool].horizon })
            else { continue }
            let batch = PoolSurvey.Batch(
                session: session.number, demand: demand,
                slots: registry.demands[Int(demand)].slots, count: 1 / Double(max(1, open)),
                sample: [runTime(of: dependant, in: session, at: now)], factor: factor)
            survey.add(
                batch, for: service, limit: session.config.concurrencyLimit,
                scalers: scaling.scalers)
        }
    }

    // MARK: Answering

    /// What is to be told of all pools, in the order in which they are configured.
    func poolRecords() -> [WorkerPoolRecord] {
        scaling.scalers.map { scaler in
            let specification = scaler.specification
            return WorkerPoolRecord(
                name: specification.name, desired: scaler.desired,
                connected: scaler.replicas.connected, idle: scaler.replicas.idle.count,
                draining: scaler.replicas.draining, minimum: specification.minimum,
                maximum: specification.maximum, queued: scaler.demand.queued,
                oldestWaitSeconds: scaler.demand.oldestWait.seconds,
                targetQueueWaitSeconds: specification.targetQueueWait.seconds,
                startTimeSeconds: specification.startTime.seconds,
                mayLeave: scaler.mayLeave.map { registry.workers[Int($0)].id },
                reason: scaler.reason)
        }
    }
}
