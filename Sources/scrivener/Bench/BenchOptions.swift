// What all benchmarks of a pool have in common.

import ArgumentParser
import FoundationEssentials
import ScrivenerClient
import ScrivenerModel

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// How a pool is measured.
struct BenchOptions: ParsableArguments {
    @Option(help: "How often it is measured; the median counts.")
    var runs = 5

    @Option(help: "What the journal's commits survive: full (fsync), normal or in_memory.")
    var durability = "full"

    @Option(help: "How many worker processes there are.")
    var workers = 2

    @Option(help: "How many slots each of them has.")
    var slots = 500

    @Option(help: "How large each task's parameters and result are, in bytes.")
    var bytes = 200

    @Option(
        help: ArgumentHelp(
            "Where the journal is put, and the disk is measured.", valueName: "directory"))
    var folder = "/var/tmp"

    @Option(help: "The form of what is printed on stdout: table or json.")
    var output: OutputFormat = .table

    func validate() throws {
        guard (1...100).contains(runs), (1...64).contains(workers), (1...10_000).contains(slots),
            (1...(1 << 20)).contains(bytes)
        else {
            throw ValidationError(
                "--runs is 1…100, --workers 1…64, --slots 1…10,000, --bytes 1…1,048,576.")
        }
        guard ["full", "normal", "in_memory"].contains(durability) else {
            throw ValidationError("--durability is full, normal or in_memory, not \(durability).")
        }
    }

    var shape: BenchPoolShape {
        var shape = BenchPoolShape()
        shape.workers = workers
        shape.slots = slots
        shape.durability = durability
        shape.folder = folder
        return shape
    }

    var setting: String {
        "\(workers) workers of \(slots) slots, \(bytes) bytes each way; \(survives)"
    }

    var survives: String {
        switch durability {
        case "full": "what is committed survives power loss (every commit is synced)"
        case "normal": "what is committed survives the death of any process"
        default: "what is committed survives nothing"
        }
    }

    /// Measures as often as was asked for, and prints what came of it.
    ///
    /// - Parameters:
    ///   - what: is measured.
    ///   - setting: in which; that of a pool when absent.
    func measure(
        _ name: String, _ what: String, of setting: String? = nil,
        _ run: (MachineLimits) async throws -> BenchRun
    ) async throws {
        let limits = try MachineLimits(folder: folder)
        var report = BenchReport(name, setting: "\(what), \(setting ?? self.setting)")
        for number in 1...runs {
            StandardStream.error.write("\(name): run \(number) of \(runs)\n")
            report.add(try await run(limits))
        }
        switch output {
        case .table:
            StandardStream.output.write(report.table(width: DataOutput(format: output).columns))
        case .json, .jsonl:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            encoder.nonConformingFloatEncodingStrategy = .convertToString(
                positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
            StandardStream.output.write(
                String(decoding: try encoder.encode(report), as: UTF8.self) + "\n")
        }
    }
}

extension BenchPool {
    /// How long to wait between two looks at a session.
    private static let lookInterval = Duration.milliseconds(10)
    /// The longest that one request waits for a session's end.
    static let waitSeconds = 600

    /// Waits for a session's end.
    func end(of session: String) async throws {
        while true {
            let record = try await client.session(session).value
            guard record.endedAt == nil else { return try Self.check(record) }
            try checkProcesses()
            try await Task.sleep(for: Self.lookInterval)
        }
    }

    static func check(_ record: ResearchSession) throws {
        guard record.sessionState == .completed else {
            throw CommandFailure("session \(record.sessionID) is \(record.sessionState)")
        }
    }

    /// Submits plans one after the other, and waits until all of them have ended.
    ///
    /// - Returns: the seconds from the first byte of the first submission until the client knew that the
    ///   last commit was made.
    func time(_ plans: [PlanDocument]) async throws -> Double {
        let began = ContinuousClock.now
        var sessions: [String] = []
        for plan in plans.dropLast() {
            sessions.append(try await client.submit(plan).value.sessionID)
        }
        if let last = plans.last {
            let record = try await client.submit(last, waitingSeconds: Self.waitSeconds).value
            sessions.append(record.sessionID)
        }
        for session in sessions { try await end(of: session) }
        return (ContinuousClock.now - began) / .seconds(1)
    }

    /// Adds what the processes took while `body` ran.
    func noteUse<Result: Sendable>(
        tasks: Int, in run: inout BenchRun, _ body: () async throws -> Result
    ) async throws -> Result {
        let before = use()
        let own = ProcessUse(of: getpid())
        let result = try await body()
        let after = use()
        var perTask: [String: Double] = [:]
        for (old, new) in zip(before, after) {
            let role = new.name == "coordinator" ? "coordinator" : "workers"
            let seconds = new.use.processorSeconds - old.use.processorSeconds
            perTask[role, default: 0] += seconds * 1e6 / Double(tasks)
        }
        for role in ["coordinator", "workers"] {
            run.note("\(role): processor time a task", "µs", perTask[role] ?? 0)
        }
        if let own, let now = ProcessUse(of: getpid()) {
            run.note(
                "client: processor time a task", "µs",
                (now.processorSeconds - own.processorSeconds) * 1e6 / Double(tasks))
        }
        for role in ["coordinator", "workers"] {
            let peak = after.filter { ($0.name == "coordinator") == (role == "coordinator") }
                .map(\.use.peakBytes).max()
            run.note("\(role): most memory", "MiB", Double(peak ?? 0) / Double(1 << 20))
        }
        return result
    }
}
