// The pool that a benchmark measures: a coordinator and workers of their own, in a folder that is
// removed afterwards.

import FoundationEssentials
import ScrivenerModel
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a pool that is measured is like.
struct BenchPoolShape: Sendable {
    var workers = 2
    var slots = 500
    var durability = "full"
    /// The folder that the pool's folder is made in: where the journal's disk is.
    var folder = "/var/tmp"
    /// What else the coordinator is told.
    var coordinatorOptions: [String] = []
}

/// A pool that runs.
struct BenchPool: Sendable {
    /// How long it may take until it is ready.
    private static let readyWithin = Duration.seconds(60)
    private static let probeInterval = Duration.milliseconds(20)

    let client: APIClient
    private let processes: [BenchProcess]

    /// What the processes have taken of the machine, by name.
    func use() -> [(name: String, use: ProcessUse)] {
        processes.compactMap { process in
            process.handle.processID.flatMap { ProcessUse(of: $0) }.map { (process.name, $0) }
        }
    }

    /// Kills the coordinator as a power cut would.
    func killCoordinator() { processes[0].handle.send(SIGKILL) }

    /// Runs a pool for as long as `body` does.
    ///
    /// - Throws: `CommandFailure` when it does not become ready.
    static func with<Result: Sendable>(
        _ shape: BenchPoolShape, _ body: @Sendable (BenchPool) async throws -> Result
    ) async throws -> Result {
        let programs = try BenchPrograms()
        let folder = "\(shape.folder)/scrivener-bench-\(getpid())"
        try AtomicFile.makeDirectory(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let ports = try Ports.resolve([("HTTP", 0), ("ZeroMQ", 0)])
        let layout = ClusterLayout(
            settings: ClusterSettings(
                workers: shape.workers, slots: shape.slots, corpus: nil, dataDirectory: folder,
                httpPort: ports[0], zeroMQPort: ports[1]),
            directory: programs.directory)
        let processes = layout.processes.map { process in
            var process = process
            process.arguments +=
                process.role == .coordinator
                ? ["--durability", shape.durability] + shape.coordinatorOptions
                : ["--agents", "noop"]
            process.arguments += ["--log-level", "warning"]
            return BenchProcess(process, ownProgram: programs.own)
        }
        guard let address = CoordinatorAddress(layout.url) else { preconditionFailure(layout.url) }
        return try await withThrowingTaskGroup(of: Void.self, returning: Result.self) { group in
            for process in processes { group.addTask { await process.run() } }
            defer {
                for process in processes { process.handle.send(SIGKILL) }
            }
            return try await APIClient.connected(to: address) { client in
                let pool = BenchPool(client: client, processes: processes)
                try await pool.waitUntilReady(workers: shape.workers)
                return try await body(pool)
            }
        }
    }

    private func waitUntilReady(workers: Int) async throws {
        let deadline = ContinuousClock.now.advanced(by: Self.readyWithin)
        while true {
            for process in processes {
                if let ending = process.ending { throw Self.failure(process, ending) }
            }
            if let known = try? await client.workers().value.records.count, known >= workers {
                return
            }
            guard ContinuousClock.now < deadline else {
                throw CommandFailure("the pool is not ready after 60 s")
            }
            try await Task.sleep(for: Self.probeInterval)
        }
    }

    private static func failure(_ process: BenchProcess, _ ending: ProcessEnding) -> CommandFailure
    {
        CommandFailure(
            "\(process.name) has ended: \(ending.described)", hint: process.lastLines)
    }
}

/// One of a pool's processes, with the end of what it said.
final class BenchProcess: Sendable {
    private static let keptLines = 20

    let name: String
    let handle = ChildHandle()
    private let child: ChildProcess
    private let state = Mutex<(lines: [String], ending: ProcessEnding?)>(([], nil))

    init(_ process: ClusterProcess, ownProgram: String) {
        name = process.name
        child = ChildProcess(process: process, ownProgram: ownProgram, environment: [:])
    }

    var ending: ProcessEnding? { state.withLock { $0.ending } }
    var lastLines: String { state.withLock { $0.lines.joined(separator: "\n") } }

    func run() async {
        let ending = await child.run(handle: handle) { line in
            self.state.withLock { state in
                if state.lines.count == Self.keptLines { state.lines.removeFirst() }
                state.lines.append(TerminalText.cleaned(line))
            }
        }
        state.withLock { $0.ending = ending }
    }
}

/// Where the programs are that a benchmark runs: beside this one.
struct BenchPrograms: Sendable {
    let own: String
    let directory: String

    /// - Throws: `CommandFailure` where one is missing.
    init() throws {
        own = try ClusterOptions.ownProgram()
        directory = own.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        try ClusterOptions.checkPrograms(in: directory)
    }
}
