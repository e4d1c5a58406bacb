// `scrivener bench idle`: what workers cost that only register and heartbeat.

import ArgumentParser

struct BenchIdleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "idle",
        abstract: "Measure what workers cost that only register and heartbeat.",
        discussion: """
            Each has a connection and an identity of its own. Beside the coordinator a ROUTER of \
            bare libzmq that answers nothing takes as many connections from the same load.
            """)

    @OptionGroup var options: BenchOptions

    @Option(help: "How many workers there are.")
    var connections = 10_000

    @Option(help: "In how many processes they are: each has two descriptors for every worker.")
    var loads = 4

    @Option(help: "For how many seconds it is measured.")
    var seconds = 20

    func validate() throws {
        guard (1...100_000).contains(connections), (1...64).contains(loads), loads <= connections,
            (1...3_600).contains(seconds)
        else {
            throw ValidationError(
                "--connections is 1…100,000, --loads 1…64 and at most --connections, "
                    + "--seconds 1…3,600.")
        }
    }

    mutating func run() async throws {
        let (options, connections, loads, seconds) = (options, connections, loads, seconds)
        let programs = try BenchPrograms()
        try await options.measure(
            "idle", "\(connections) workers that heartbeat, \(seconds) s",
            of: "in \(loads) processes; \(options.survives)"
        ) { limits in
            let load = IdleLoad(
                workers: connections, processes: loads, window: .seconds(seconds), limits: limits,
                ownProgram: programs.own)
            let bare = try await load.measureBare()
            var shape = options.shape
            shape.workers = 0
            let own = try await BenchPool.with(shape) { pool in
                try await load.measure(
                    on: pool.endpoint, isAnswered: true, use: { try pool.coordinatorUse },
                    peers: { connections })
            }
            return Self.figures(own, beside: bare)
        }
    }

    private static func figures(_ own: IdleLoad.Reading, beside bare: IdleLoad.Reading) -> BenchRun
    {
        var run = BenchRun()
        run.note("coordinator: of one processor", "%", own.share * 100)
        run.note("bare libzmq: of one processor", "%", bare.share * 100)
        // Processor time is counted in hundredths of a second: of few workers nothing may be seen.
        if bare.share > 0 {
            run.note("coordinator ÷ bare libzmq", "", own.share / bare.share)
        }
        run.note("heartbeats answered", "a second", own.heartbeatsPerSecond)
        run.note(
            "coordinator: processor time a heartbeat", "µs",
            own.share / own.heartbeatsPerSecond * 1e6)
        run.note("coordinator: memory a worker", "KiB", own.bytesPerWorker / 1_024)
        run.note("bare libzmq: memory a worker", "KiB", bare.bytesPerWorker / 1_024)
        run.note(
            "memory a worker beyond bare libzmq", "KiB",
            (own.bytesPerWorker - bare.bytesPerWorker) / 1_024)
        run.note("coordinator: most memory", "MiB", Double(own.peakBytes) / Double(1 << 20))
        run.note("until all were registered", "s", own.registeringSeconds)
        run.note("load: of one processor", "%", own.loadShare * 100)
        return run
    }
}
