// Workers in great numbers that only register and heartbeat, and whom they do it to: the coordinator, or a
// ROUTER of bare libzmq that answers nothing.

/// Workers that do nothing.
struct IdleLoad: Sendable {
    private static let settlingTime = Duration.seconds(2)
    private static let lookInterval = Duration.milliseconds(100)
    private static let registeredWithin = Duration.seconds(120)

    /// How many there are, and in how many processes: descriptors are limited for each.
    var workers: Int
    var processes: Int
    var window: Duration
    let limits: MachineLimits
    let ownProgram: String

    /// What somebody took whom they heartbeat to.
    struct Reading: Sendable {
        /// Until the last was registered.
        var registeringSeconds: Double
        /// Of one processor, while nothing but heartbeats came; the load's own as well.
        var share: Double
        var loadShare: Double
        var heartbeatsPerSecond: Double
        /// For each worker, above what the process had before the first.
        var bytesPerWorker: Double
        var peakBytes: Int
    }

    /// - Parameters:
    ///   - endpoint: whom they register with.
    ///   - isAnswered: whether a coordinator is there.
    ///   - use: what it has taken of the machine.
    ///   - peers: how many connections it knows of.
    func measure(
        on endpoint: String, isAnswered: Bool, use: @Sendable () throws -> ProcessUse,
        peers: @Sendable () async throws -> Int
    ) async throws -> Reading {
        let empty = try use().residentBytes
        let loads = (0..<processes).map { load($0, on: endpoint, isAnswered: isAnswered) }
        return try await BenchProcess.with(loads, starting: loads.count) {
            let began = ContinuousClock.now
            while try await peers() < workers || LoadState(loads).registered < workers {
                for load in loads { try load.check() }
                guard ContinuousClock.now - began < Self.registeredWithin else {
                    throw CommandFailure("\(workers) workers are not registered after 120 s")
                }
                try await Task.sleep(for: Self.lookInterval)
            }
            let registered = ContinuousClock.now
            try await Task.sleep(for: Self.settlingTime)
            let (before, loadBefore) = (try use(), LoadState(loads))
            let start = ContinuousClock.now
            try await Task.sleep(for: window)
            for load in loads { try load.check() }
            let (after, loadAfter) = (try use(), LoadState(loads))
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            guard loadAfter.again == loadBefore.again else {
                throw CommandFailure(
                    "\(loadAfter.again - loadBefore.again) workers had to register again",
                    hint: "The machine cannot keep up with so many, or does other work as well.")
            }
            return Reading(
                registeringSeconds: (registered - began) / .seconds(1),
                share: (after.processorSeconds - before.processorSeconds) / seconds,
                loadShare: (loadAfter.processorSeconds - loadBefore.processorSeconds) / seconds,
                heartbeatsPerSecond: Double(loadAfter.acknowledged - loadBefore.acknowledged)
                    / seconds,
                bytesPerWorker: Double(after.residentBytes - empty) / Double(workers),
                peakBytes: after.peakBytes)
        }
    }

    /// The same on a ROUTER of bare libzmq.
    func measureBare() async throws -> Reading {
        let router = BenchProcess(
            ClusterProcess(
                role: .worker, name: "scrivener-limit", program: limits.limitProgram,
                arguments: ["router"]), ownProgram: ownProgram)
        return try await BenchProcess.with([router], starting: 1) {
            while router.lines.count < 2 {
                try router.check()
                try await Task.sleep(for: Self.lookInterval)
            }
            return try await measure(
                on: router.lines[0], isAnswered: false,
                use: {
                    guard let use = router.use else { throw CommandFailure("no router runs") }
                    return use
                },
                peers: {
                    try router.check()
                    return LoadState.number(after: "peers", in: router.lines.last) ?? 0
                })
        }
    }

    private func load(_ index: Int, on endpoint: String, isAnswered: Bool) -> BenchProcess {
        let first = workers * index / processes
        let count = workers * (index + 1) / processes - first
        return BenchProcess(
            ClusterProcess(
                role: .worker, name: "scrivener-load \(index + 1)", program: limits.loadProgram,
                arguments: ["idle", endpoint, "\(first)", "\(count)"]
                    + (isAnswered ? [] : ["--unanswered"])), ownProgram: ownProgram)
    }
}

/// What the load says of itself, all processes together.
private struct LoadState {
    var registered = 0
    var acknowledged = 0
    /// Registrations beyond the first of each.
    var again = 0
    var processorSeconds = 0.0

    init(_ loads: [BenchProcess]) {
        for load in loads {
            let line = load.lines.last
            registered += Self.number(after: "registered", in: line) ?? 0
            acknowledged += Self.number(after: "acknowledged", in: line) ?? 0
            again += Self.number(after: "again", in: line) ?? 0
            processorSeconds += load.use?.processorSeconds ?? 0
        }
    }

    static func number(after word: String, in line: String?) -> Int? {
        let words = line?.split(separator: " ") ?? []
        guard let place = words.firstIndex(of: word[...]), place + 1 < words.count else {
            return nil
        }
        return Int(words[place + 1])
    }
}
