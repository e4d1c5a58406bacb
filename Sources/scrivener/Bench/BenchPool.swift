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
}

/// A pool that runs.
struct BenchPool: Sendable {
    /// How long it may take until it is ready.
    private static let readyWithin = Duration.seconds(60)
    private static let probeInterval = Duration.milliseconds(20)

    let client: APIClient
    /// The coordinator first.
    private let processes: [BenchProcess]

    /// What the processes have taken of the machine, by name.
    func use() -> [(name: String, use: ProcessUse)] {
        processes.compactMap { process in
            process.handle.processID.flatMap { ProcessUse(of: $0) }.map { (process.name, $0) }
        }
    }

    /// Kills the coordinator as a power cut would, and starts it again.
    ///
    /// - Returns: how many seconds the new process took until it served.
    func restartCoordinator() async throws -> Double {
        let coordinator = processes[0]
        coordinator.kill()
        while coordinator.ending == nil { try await Task.sleep(for: .milliseconds(1)) }
        let began = ContinuousClock.now
        coordinator.start()
        while (try? await client.get(["readyz"])) == nil {
            if let ending = coordinator.ending { throw Self.failure(coordinator, ending) }
            guard ContinuousClock.now - began < Self.readyWithin else { throw Self.notReady }
            try await Task.sleep(for: .milliseconds(1))
        }
        return (ContinuousClock.now - began) / .seconds(1)
    }

    /// Runs a pool for as long as `body` does.
    ///
    /// - Throws: `CommandFailure` when it does not become ready.
    static func with<Result: Sendable>(
        _ shape: BenchPoolShape, _ body: @Sendable (BenchPool) async throws -> Result
    ) async throws -> Result {
        let programs = try BenchPrograms()
        let folder = try BenchFolder.make(in: shape.folder)
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
                ? ["--durability", shape.durability]
                : ["--agents", "noop"]
            process.arguments += ["--log-level", "warning"]
            return BenchProcess(process, ownProgram: programs.own)
        }
        guard let address = CoordinatorAddress(layout.url) else { preconditionFailure(layout.url) }
        return try await withThrowingTaskGroup(of: Void.self, returning: Result.self) { group in
            for process in processes {
                group.addTask { await process.run() }
                process.start()
            }
            defer {
                for process in processes { process.stop() }
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
            try checkProcesses()
            if let known = try? await client.workers().value.records.count, known >= workers {
                return
            }
            guard ContinuousClock.now < deadline else { throw Self.notReady }
            try await Task.sleep(for: Self.probeInterval)
        }
    }

    /// - Throws: `CommandFailure` when one of the processes has ended.
    func checkProcesses() throws {
        for process in processes {
            if let ending = process.ending { throw Self.failure(process, ending) }
        }
    }

    private static let notReady = CommandFailure("the pool is not ready after 60 s")

    private static func failure(_ process: BenchProcess, _ ending: ProcessEnding) -> CommandFailure
    {
        CommandFailure(
            "\(process.name) has ended: \(ending.described)", hint: process.lastLines)
    }
}

/// One of a pool's processes, with the end of what it said. It may be started more than once.
final class BenchProcess: Sendable {
    private static let keptLines = 20

    private struct State {
        var handle = ChildHandle()
        var lines: [String] = []
        var ending: ProcessEnding?
    }

    let name: String
    private let child: ChildProcess
    private let state = Mutex(State())
    private let starts: AsyncStream<Void>
    private let starter: AsyncStream<Void>.Continuation

    init(_ process: ClusterProcess, ownProgram: String) {
        name = process.name
        child = ChildProcess(process: process, ownProgram: ownProgram, environment: [:])
        (starts, starter) = AsyncStream.makeStream()
    }

    /// How it ended, when it has.
    var ending: ProcessEnding? { state.withLock { $0.ending } }
    var lastLines: String { state.withLock { $0.lines.joined(separator: "\n") } }
    var handle: ChildHandle { state.withLock { $0.handle } }

    /// Runs the process each time that it is started, until it is stopped.
    func run() async {
        for await _ in starts {
            let ending = await child.run(handle: handle) { line in
                self.state.withLock { state in
                    if state.lines.count == Self.keptLines { state.lines.removeFirst() }
                    state.lines.append(TerminalText.cleaned(line))
                }
            }
            state.withLock { $0.ending = ending }
        }
    }

    func start() {
        state.withLock { state in
            state.handle = ChildHandle()
            state.ending = nil
        }
        starter.yield()
    }

    /// Kills it; it may be started again.
    func kill() { handle.send(SIGKILL) }

    /// Kills it, for good.
    func stop() {
        starter.finish()
        kill()
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

/// Folders for the time of a measurement.
enum BenchFolder {
    /// Makes one that nobody has used.
    ///
    /// - Throws: `CommandFailure`.
    static func make(in parent: String) throws -> String {
        var path = Array("\(parent)/scrivener-bench-XXXXXX".utf8CString)
        let isMade = path.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) } != nil
        }
        guard isMade else {
            throw CommandFailure(
                "no folder can be made in \(parent): \(SystemError.text(errno))")
        }
        return path.withUnsafeBytes { String(decoding: $0.dropLast(), as: UTF8.self) }
    }
}
