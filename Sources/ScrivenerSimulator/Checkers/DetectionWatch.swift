// What the rules need to know beside the ledgers.

import ScrivenerCore
import ScrivenerModel

/// Who was heard when, who takes work, and what follows from that.
struct DetectionWatch {
    static let margin = TimeSpan.milliseconds(250)

    var lastRenewals: [String: Instant] = [:]
    /// Until then nobody is given up: the coordinator itself was stopped.
    var amnestyUntil = Instant(nanoseconds: .min)
    /// From when to when the coordinator was last stopped.
    var stop: ClosedRange<Instant>?
    /// Until when it was patient after the time before that.
    var lastPatience: Instant?
    /// How often workers were to heartbeat when it was resumed last.
    var heartbeatInterval = CoreConfiguration().heartbeatInterval
    var lease = CoreConfiguration().lease
    /// What ran in processes of workers when they died.
    var deaths: Set<AttemptReference> = []
    /// The newest process of each name that has registered since the coordinator started.
    var registered: [String: Int64] = [:]
    /// When each attempt was given to its worker.
    var dispatches: [AttemptReference: Instant] = [:]
    /// Attempts that ended because their worker was silent for its whole lease.
    var lostByLease: Set<AttemptReference> = []
    /// Results that a worker was told to forget.
    var acknowledged: Set<AttemptReference> = []
    /// When the disk was last slow or full.
    var lastDiskTrouble = Instant(nanoseconds: .min)
    var handledEvents = 0
    /// How many facts the disk has confirmed.
    var committedFacts = 0
    /// One event in so many is followed by a full recount.
    var recountInterval = 40
    /// Workers that got nothing but what they are kept free for, before the latest event or after it.
    var keptFree: [Int32] = []
    var service = ServiceWatch()
    var arrivals = ArrivalWatch()
    var publications = PublicationWatch()
    var accounts = AccountWatch()
    /// What running tasks last said of themselves.
    var reports: [TaskKey: AttemptProgress] = [:]
    /// Attempts that were given out since the coordinator started, and those of them that are hedges.
    var given = (attempts: 0, hedges: 0)
    var ejections: [AgentPlace: EjectionRecord] = [:]
    var fairness = FairnessWatch()

    mutating func coordinatorStarted(_ workers: [String], at now: Instant, grace: TimeSpan) {
        let until = TimeSpan(nanoseconds: grace.nanoseconds - lease.nanoseconds)
        for worker in workers { lastRenewals[worker] = now.advanced(by: until) }
        registered = [:]
        service = ServiceWatch()
        arrivals.processes = [:]
        publications = PublicationWatch()
        accounts = AccountWatch()
        given = (0, 0)
        reports = [:]
        ejections = [:]
        fairness = FairnessWatch()
    }

    mutating func coordinatorStopped(at now: Instant) {
        lastPatience = stop.map { patience(from: $0.upperBound) }
        stop = now...Instant(nanoseconds: .max)
    }

    /// A coordinator that was stopped for a while gives everybody time for a heartbeat, and a second.
    ///
    /// - Parameter heartbeatInterval: what it says that this is; believed as far as the lease allows.
    mutating func coordinatorResumed(at now: Instant, heartbeatInterval: TimeSpan) {
        self.heartbeatInterval = min(
            heartbeatInterval, TimeSpan(nanoseconds: lease.nanoseconds / 3))
        amnestyUntil = patience(from: now)
        stop = stop.map { $0.lowerBound...now }
    }

    /// Until when nobody is blamed after it goes on.
    func patience(from resumption: Instant) -> Instant {
        resumption.advanced(by: heartbeatInterval).advanced(by: .seconds(1))
    }
}
