// What there is to do for each pool, and who is there: added up from what waits and what runs.

import ScrivenerModel

/// The loads and the replicas of all pools at one moment.
struct PoolSurvey: Sendable {
    /// A pool that is to do a part of what a demand asks for.
    struct Taker: Sendable {
        var pool: Int
        /// Its part, 0…1.
        var part: Double
    }

    /// Who can do what a demand asks for.
    struct Service: Sendable {
        var takers: [Taker]
        /// Instances that are of no pool.
        var outsiders: [Int32]
    }

    /// Tasks of one session that ask for the same.
    struct Batch {
        var session: Int64
        var demand: Int32
        /// Of its instance, that each of them takes.
        var slots: Int32
        /// How many there are; a part of one where only some of what it waits for can be done soon.
        var count: Double
        /// So many of them would start at once if there were slots for them.
        var startable = 0
        /// Expected run times of some of them.
        var sample: [TimeSpan]
        var oldestWait = TimeSpan.zero
        /// For how many sessions like this one it stands.
        var factor = 1.0
    }

    private(set) var demands: [PoolDemand]
    /// How many tasks that wait for others were looked at.
    var followed = 0
    var replicas: [PoolReplicas]
    /// By demand, of those that were asked for.
    var services: [Service?]
    /// By session: how many tasks it keeps running until the horizon, or will.
    private var running: [Int64: Double] = [:]
    /// By instance of no pool: how many slots it has left until the horizon.
    private var outside: [Int32: Double] = [:]
    /// How many more attempts may run in the whole pool, and by demand how many of its agent.
    private var room: Double
    private var rooms: [Double]

    /// - Parameters:
    ///   - room: how many attempts may run in the whole pool.
    ///   - rooms: how many of a demand's agent may, by demand.
    init(pools: Int, room: Double, rooms: [Double]) {
        demands = Array(repeating: PoolDemand(), count: pools)
        replicas = Array(repeating: PoolReplicas(), count: pools)
        services = Array(repeating: nil, count: rooms.count)
        self.room = room
        self.rooms = rooms
    }

    // MARK: What runs

    /// An attempt keeps a share of so many slots busy.
    mutating func addRunning(_ slots: Int32, share: Double, session: Int64, pool: Int?) {
        running[session, default: 0] += share
        room -= share
        guard let pool else { return }
        demands[pool].slots += Double(slots) * share
        demands[pool].widest += Double(slots)
    }

    /// An instance of no pool takes a part of the work off them.
    mutating func addOutside(_ instance: Int32, slots: Double) {
        outside[instance] = max(0, slots)
    }

    // MARK: What waits

    /// - Parameter limit: how many tasks its session may run at once.
    mutating func add(_ batch: Batch, for service: Service, limit: Int, scalers: [PoolScaler]) {
        let allowed = max(0, Double(limit) - running[batch.session, default: 0])
        let most = min(allowed, room, rooms[Int(batch.demand)])
        guard batch.count > 0, !batch.sample.isEmpty, most > 0 else { return }
        for taker in service.takers {
            let shares = batch.sample.reduce(0) { $0 + scalers[taker.pool].share(of: $1) }
            let each = shares / Double(batch.sample.count)
            let tasks = min(batch.count * each, most) * taker.part
            running[batch.session, default: 0] += tasks
            let all = tasks * batch.factor
            room -= all
            rooms[Int(batch.demand)] -= all
            let left = take(all * Double(batch.slots), from: service.outsiders)
            let width = min(batch.count, most) * taker.part * batch.factor
            demands[taker.pool].slots += left
            demands[taker.pool].widest += width * Double(batch.slots)
            demands[taker.pool].queued += Int((Double(batch.startable) * batch.factor).rounded())
            demands[taker.pool].oldestWait = max(
                demands[taker.pool].oldestWait, batch.oldestWait)
        }
    }

    /// - Returns: what instances of no pool leave to do.
    private mutating func take(_ slots: Double, from outsiders: [Int32]) -> Double {
        var left = slots
        for instance in outsiders where left > 0 {
            let taken = min(left, outside[instance, default: 0])
            outside[instance, default: 0] -= taken
            left -= taken
        }
        return left
    }
}
