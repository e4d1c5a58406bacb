// A task that needs several slots, or much of what a worker has, finds room only when others leave
// some; and small tasks take each slot as it becomes free, for ever when there are enough of them. So
// when such a task has waited for a while and was overtaken meanwhile, one worker is kept free until it
// fits there: a reservation, as batch schedulers make it (Lifka, "The ANL/IBM SP scheduling system",
// 1995), without the filling of gaps, which would need run times to be known and not only expected.

import ScrivenerModel

/// A worker that is kept free for the tasks of a demand.
struct KeptRoom: Sendable, Equatable {
    var demand: Int32
    /// The instance that they are to run on; its whole worker gets nothing else meanwhile.
    var instance: Int32
    var worker: Int32
    /// When it is given up, should what runs there not have ended by then.
    var until: Instant
    /// The attempt that has the worker to itself; the room ends with it.
    var tenant: AttemptReference?
}

/// Who waits for room, and what is kept free for whom.
struct RoomKeeping: Sendable {
    /// In the order in which they were made.
    var kept: [KeptRoom] = []
    /// Demands whose first task found no room, since when.
    var missingSince: [Int32: Instant] = [:]
    /// Those for which a timer will have them looked at.
    var timed: Set<Int32> = []
    /// The demands whose tasks run alone: they are looked at also when no slot is free anywhere.
    var alone: [Int32] = []

    /// Nobody waits for room: the common case.
    @inline(always)
    var isIdle: Bool { kept.isEmpty && missingSince.isEmpty }

    mutating func noteAlone(_ demand: Int32) {
        if !alone.contains(demand) { alone.append(demand) }
    }

    /// The room that is kept for the next task of a demand.
    func kept(for demand: Int32) -> KeptRoom? {
        kept.first { $0.demand == demand && $0.tenant == nil }
    }
}

extension OrchestratorCore {
    /// Of so many workers one may be kept free at a time; one in any case.
    private static let workersPerRoom = 4
    /// Of so many workers one may be had by a task that runs alone, and one more.
    private static let workersPerTenant = 2
    /// A worker is kept free for so many times the patience at most, and then not for as long.
    private static let longestRoom: Int64 = 10

    /// Where a task goes for which a worker is kept free, if it fits by now.
    mutating func placeInKeptRoom(_ start: TaskStart, demand: Int32, at now: Instant) -> Place? {
        guard let room = room.kept(for: demand),
            !start.runsAlone || registry.workers[Int(room.worker)].held.isEmpty,
            registry.instances[Int(room.instance)].hasRoom(for: start.slots),
            admission(of: room.instance, at: now).admits,
            !isAtLimit(agent: registry.instances[Int(room.instance)].agent),
            let resources = reservation(start, demand, on: room.instance)
        else { return nil }
        return Place(instance: room.instance, resources: resources)
    }

    /// The first task of a demand has found no place.
    mutating func noteNoRoom(for start: TaskStart, demand: Int32, at now: Instant) {
        let wanted = registry.demands[Int(demand)]
        guard !start.runsAlone else { return keepWhole(for: start, demand: demand, at: now) }
        guard wanted.slots > 1 || !wanted.resources.isEmpty else { return }
        guard let since = room.missingSince[demand] else {
            // Where nobody could take it, nobody can be kept free.
            guard !registry.eligible[Int(demand)].wanted.isEmpty else { return }
            room.missingSince[demand] = now
            dispatcher.forgetEmptied(demand)
            return lookForRoom(for: demand, at: now.advanced(by: configuration.roomPatience))
        }
        guard since.advanced(by: configuration.roomPatience) <= now, mayKeepRoom(for: demand),
            let instance = roomiest(for: demand, overtakenSince: since, at: now)
        else { return }
        let longest = TimeSpan(
            nanoseconds: Self.longestRoom * configuration.roomPatience.nanoseconds)
        let until = now.advanced(by: longest)
        keepRoom(for: demand, on: instance, until: until)
        timers.add(.room(demand: demand), at: until)
    }

    /// An instance that takes the demand's tasks, on a worker that holds nothing.
    private func idleInstance(for demand: Int32, at now: Instant) -> Int32? {
        service(of: demand, at: now).first {
            admission(of: $0, at: now).admits
                && !isAtLimit(agent: registry.instances[Int($0)].agent)
                && registry.workers[Int(registry.instances[Int($0)].worker)].held.isEmpty
        }
    }

    /// More than any worker holds.
    private static let lastChoice = 1 << 32

    /// Those that have their worker to themselves already are counted apart: whoever waits for them
    /// would wait for the longest of them.
    func mayKeepRoom(for demand: Int32) -> Bool {
        let connected = registry.workers.count(where: \.takesWork)
        let taken = room.kept.count { $0.tenant != nil }
        return room.kept(for: demand) == nil
            && room.kept.count - taken < max(1, connected / Self.workersPerRoom)
            && taken <= connected / Self.workersPerTenant
    }

    private mutating func keepRoom(for demand: Int32, on instance: Int32, until: Instant) {
        let worker = registry.instances[Int(instance)].worker
        registry.keepFree(worker)
        room.kept.append(
            KeptRoom(demand: demand, instance: instance, worker: worker, until: until))
        dispatcher.wake(demand)
    }

    // MARK: Alone

    /// A task that runs alone needs a worker that nothing else runs on: where the least does, nothing
    /// new begins from now on. That is not given up: what runs there ends some time. It may have been
    /// the host that was to blame, so another worker than the last is preferred.
    private mutating func keepWhole(for start: TaskStart, demand: Int32, at now: Instant) {
        if room.missingSince[demand] == nil {
            room.missingSince[demand] = now
            dispatcher.forgetEmptied(demand)
        }
        if let kept = room.kept(for: demand) {
            // What runs there may run for long; another has come to rest meanwhile.
            guard let idle = idleInstance(for: demand, at: now) else { return }
            release([kept])
            return keepRoom(for: demand, on: idle, until: .distantFuture)
        }
        guard mayKeepRoom(for: demand) else { return }
        var best: (instance: Int32, rank: Int)?
        for instance in service(of: demand, at: now)
        where admission(of: instance, at: now).admits
            && !isAtLimit(agent: registry.instances[Int(instance)].agent)
        {
            let worker = registry.instances[Int(instance)].worker
            let isLast = start.failedAt?.worker == worker
            let rank = registry.workers[Int(worker)].held.count + (isLast ? Self.lastChoice : 0)
            if rank < best?.rank ?? .max { best = (instance, rank) }
        }
        if let best {
            keepRoom(for: demand, on: best.instance, until: .distantFuture)
        } else if let last = lastResort(demand, slots: start.slots, at: now) {
            circuits.reprieve(circuit(of: last), at: now)
            keepRoom(for: demand, on: last, until: .distantFuture)
        }
    }

    /// The room that was kept for an attempt is its own now.
    mutating func moveIn(_ attempt: AttemptReference, demand: Int32) {
        guard let place = room.kept.firstIndex(where: { $0.demand == demand && $0.tenant == nil })
        else { return }
        room.missingSince[demand] = nil
        room.kept[place].tenant = attempt
    }

    /// A worker has registered, anew or with a coordinator that was restarted: what runs there and is
    /// to run alone goes on doing so.
    mutating func moveInAlone(_ worker: Int32) {
        release(room.kept.filter { $0.worker == worker && $0.tenant != nil })
        for attempt in registry.workers[Int(worker)].heldInOrder {
            let demand = sessions.read(attempt.session) { session -> Int32? in
                let task = Int(attempt.task)
                guard session.graph.classes[session.graph.kind(of: task)].runsAlone,
                    session.graph.deaths[attempt.task]?.aloneAfter.map({ $0 < attempt.attempt })
                        == true
                else { return nil }
                return session.demand(of: task)
            }
            guard let demand = demand ?? nil,
                let agent = registry.held(attempt, worker: worker)?.agent,
                let instance = registry.instance(worker: worker, agent: agent)
            else { continue }
            registry.keepFree(worker)
            room.kept.append(
                KeptRoom(
                    demand: demand, instance: instance, worker: worker, until: .distantFuture,
                    tenant: attempt))
            return
        }
    }

    private mutating func lookForRoom(for demand: Int32, at due: Instant) {
        guard room.timed.insert(demand).inserted else { return }
        timers.add(.room(demand: demand), at: due)
    }

    /// A timer says that a demand is to be looked at.
    mutating func roomIsDue(for demand: Int32) {
        room.timed.remove(demand)
        dispatcher.wake(demand)
    }

    /// Of the instances that could take a task of the demand if nothing else ran there, and where
    /// others have got what it waits for, the one with the fewest slots in use.
    private mutating func roomiest(
        for demand: Int32, overtakenSince since: Instant, at now: Instant
    ) -> Int32? {
        var best: Int32?
        for instance in service(of: demand, at: now)
        where admission(of: instance, at: now).admits
            && !isAtLimit(agent: registry.instances[Int(instance)].agent)
            && isOvertaken(demand, on: instance, since: since)
        {
            let used = registry.instances[Int(instance)].used
            if let known = best, registry.instances[Int(known)].used <= used { continue }
            best = instance
        }
        return best
    }

    /// Whether a task of another demand has got, since a moment, of what a task lacks there. One that
    /// waits for its like, or for what had begun before, is not helped by a worker that stands idle.
    private func isOvertaken(_ demand: Int32, on instance: Int32, since: Instant) -> Bool {
        let wanted = registry.demands[Int(demand)]
        let own = registry.instances[Int(instance)]
        let worker = registry.workers[Int(own.worker)]
        let lacksSlots = !own.hasRoom(for: max(1, wanted.slots))
        let lacking = worker.resources.indices.filter { place in
            let resource = worker.resources[place]
            return wanted.resources.contains {
                $0.name == resource.name && $0.amount > resource.total - resource.used
            }
        }
        return zip(worker.held.keys, worker.held.values).contains { attempt, held in
            guard held.dispatchedAt > since,
                sessions.read(attempt.session, { $0.demand(of: Int(attempt.task)) }) != demand
            else { return false }
            return (lacksSlots && held.agent == own.agent)
                || worker.held.resources(of: attempt).contains { lacking.contains(Int($0.place)) }
        }
    }

    /// A task of the demand has found its place: the next one waits anew.
    mutating func noteRoom(for demand: Int32) {
        room.missingSince[demand] = nil
        release(room.kept.filter { $0.demand == demand && $0.tenant == nil })
    }

    /// Gives back what is kept for nobody, for too long, or by a worker that can no longer take the
    /// task.
    ///
    /// - Returns: whether something was given back, so that others may find a place.
    mutating func reviewRooms(at now: Instant) -> Bool {
        for demand in dispatcher.takeEmptied() { room.missingSince[demand] = nil }
        guard !room.kept.isEmpty else { return false }
        var needless: [KeptRoom] = []
        for kept in room.kept {
            if let tenant = kept.tenant {
                if !registry.workers[Int(kept.worker)].isKept
                    || registry.held(tenant, worker: kept.worker) == nil
                {
                    needless.append(kept)
                }
                continue
            }
            var isShut = false
            if case .no = admission(of: kept.instance, at: now) { isShut = true }
            if kept.until <= now {
                let rest = (Self.longestRoom - 1) * configuration.roomPatience.nanoseconds
                room.missingSince[kept.demand] = now.advanced(by: TimeSpan(nanoseconds: rest))
            }
            if isShut || kept.until <= now || room.missingSince[kept.demand] == nil
                || dispatcher.turn(kept.demand) == nil
                || !registry.isKept(kept.instance, by: kept.worker)
            {
                needless.append(kept)
            } else {
                dispatcher.wake(kept.demand)
            }
        }
        release(needless)
        return !needless.isEmpty
    }

    private mutating func release(_ rooms: [KeptRoom]) {
        guard !rooms.isEmpty else { return }
        room.kept.removeAll { rooms.contains($0) }
        for each in rooms {
            registry.endKeepingFree(each.worker)
            for instance in registry.workers[Int(each.worker)].instances { noteIdle(instance) }
        }
        // Others take what is free, stand in for a worker that is gone, or may have one kept free now.
        dispatcher.wakeAll()
    }

    /// Whether an instance that a demand wants is kept free: others need not stand in for it, as they
    /// do not for one that is busy.
    func keepsWanted(_ demand: Int32) -> Bool {
        room.kept.contains { kept in
            registry.workers[Int(kept.worker)].instances.contains {
                registry.isKept($0, by: kept.worker)
                    && registry.rank(of: $0, for: registry.demands[Int(demand)]) == 0
            }
        }
    }
}
