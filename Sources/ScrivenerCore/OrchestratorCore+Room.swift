// A task that needs several slots, or much of what a worker has, finds room only when others leave
// some; and small tasks take each slot as it becomes free, for ever when there are enough of them. So
// when such a task has waited for a while, one worker is kept free until it fits there: a reservation,
// as batch schedulers make it (Lifka, "The ANL/IBM SP scheduling system", 1995), without the filling
// of gaps, which would need run times to be known and not only expected.

import ScrivenerModel

/// A worker that is kept free for the tasks of a demand.
struct KeptRoom: Sendable, Equatable {
    var demand: Int32
    /// The instance that they are to run on; its whole worker gets nothing else meanwhile.
    var instance: Int32
    var worker: Int32
}

/// Who waits for room, and what is kept free for whom.
struct RoomKeeping: Sendable {
    /// In the order in which they were made.
    var kept: [KeptRoom] = []
    /// Demands whose first task found no room, since when.
    var missingSince: [Int32: Instant] = [:]

    /// Nobody waits for room: the common case.
    @inline(always)
    var isIdle: Bool { kept.isEmpty && missingSince.isEmpty }

    func kept(for demand: Int32) -> KeptRoom? { kept.first { $0.demand == demand } }
}

extension OrchestratorCore {
    /// Of so many workers one may be kept free at a time; one in any case.
    private static let workersPerRoom = 4

    /// Where a task goes for which a worker is kept free, if it fits by now.
    mutating func placeInKeptRoom(_ start: TaskStart, demand: Int32, at now: Instant) -> Place? {
        guard let room = room.kept(for: demand),
            registry.instances[Int(room.instance)].hasRoom(for: start.slots),
            admission(of: room.instance, at: now).admits,
            !isAtLimit(agent: registry.instances[Int(room.instance)].agent),
            let resources = reservation(start, demand, on: room.instance)
        else { return nil }
        return Place(instance: room.instance, resources: resources)
    }

    /// The first task of a demand has found no place.
    mutating func noteNoRoom(for demand: Int32, at now: Instant) {
        let wanted = registry.demands[Int(demand)]
        guard wanted.slots > 1 || !wanted.resources.isEmpty else { return }
        guard let since = room.missingSince[demand] else {
            room.missingSince[demand] = now
            return timers.add(
                .room(demand: demand), at: now.advanced(by: configuration.roomPatience))
        }
        let connected = registry.workers.count(where: \.takesWork)
        guard since.advanced(by: configuration.roomPatience) <= now,
            room.kept(for: demand) == nil,
            room.kept.count < max(1, connected / Self.workersPerRoom),
            let instance = roomiest(for: demand, at: now)
        else { return }
        let worker = registry.instances[Int(instance)].worker
        registry.keepFree(worker)
        room.kept.append(KeptRoom(demand: demand, instance: instance, worker: worker))
        dispatcher.wake(demand)
    }

    /// Of the instances that could take a task of the demand if nothing else ran there, the one with
    /// the fewest slots in use.
    private mutating func roomiest(for demand: Int32, at now: Instant) -> Int32? {
        var best: Int32?
        for instance in service(of: demand, at: now)
        where admission(of: instance, at: now).admits
            && !isAtLimit(agent: registry.instances[Int(instance)].agent)
        {
            let used = registry.instances[Int(instance)].used
            if let known = best, registry.instances[Int(known)].used <= used { continue }
            best = instance
        }
        return best
    }

    /// A task of the demand has found its place: the next one waits anew.
    mutating func noteRoom(for demand: Int32) {
        room.missingSince[demand] = nil
        release(room.kept.filter { $0.demand == demand })
    }

    /// Gives back what is kept for nobody, or by a worker that can no longer take the task.
    ///
    /// - Returns: whether something was given back, so that others may find a place.
    mutating func reviewRooms() -> Bool {
        for demand in room.missingSince.keys where dispatcher.turn(demand) == nil {
            room.missingSince[demand] = nil
        }
        let needless = room.kept.filter {
            room.missingSince[$0.demand] == nil || !registry.isKept($0.instance, by: $0.worker)
        }
        release(needless)
        for kept in room.kept { dispatcher.wake(kept.demand) }
        return !needless.isEmpty
    }

    private mutating func release(_ rooms: [KeptRoom]) {
        guard !rooms.isEmpty else { return }
        room.kept.removeAll { rooms.contains($0) }
        for each in rooms {
            registry.endKeepingFree(each.worker)
            wakeDemands(ofWorker: each.worker)
        }
        // One that waited for its turn to have a worker kept free may have it now.
        for demand in room.missingSince.keys { dispatcher.wake(demand) }
    }
}
