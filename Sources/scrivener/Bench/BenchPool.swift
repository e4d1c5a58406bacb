// The pool that a benchmark measures: a coordinator and workers of their own, in a folder that is
// removed afterwards.

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

/// What a pool that is measured is like.
struct BenchPoolShape: Sendable {
    var workers = 2
    var slots = 500
    var durability = "full"
    /// The folder that the pool's folder is made in: where the journal's disk is.
    var folder = "/var/tmp"
    /// Whether workers are there from the beginning, or when `startWorkers` is called.
    var beginsWithWorkers = true
    /// Whether coordinator and workers know each other by keys, and what they say is encrypted.
    var usesKeys = false
}

/// A pool that runs.
struct BenchPool: Sendable {
    /// How long it may take until it is ready.
    private static let readyWithin = Duration.seconds(60)
    private static let probeInterval = Duration.milliseconds(20)

    let client: APIClient
    /// Where workers connect.
    let endpoint: String
    /// The coordinator first.
    private let processes: [BenchProcess]

    /// What the coordinator has taken of the machine.
    var coordinatorUse: ProcessUse {
        get throws {
            guard let use = processes[0].use else { throw CommandFailure("no coordinator runs") }
            return use
        }
    }

    /// What the processes have taken of the machine, by name.
    func use() -> [(name: String, use: ProcessUse)] {
        processes.compactMap { process in process.use.map { (process.name, $0) } }
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
            try coordinator.check()
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
        let keys = shape.usesKeys ? try BenchKeys(in: folder) : nil
        let processes = try layout.processes.map { process in
            var process = process
            process.arguments += try keys?.options(for: process) ?? []
            process.arguments +=
                process.role == .coordinator
                ? ["--durability", shape.durability]
                : ["--agents", "noop"]
            process.arguments += ["--log-level", "warning"]
            return BenchProcess(process, ownProgram: programs.own)
        }
        guard let address = CoordinatorAddress(layout.url) else { preconditionFailure(layout.url) }
        return try await BenchProcess.with(
            processes, starting: shape.beginsWithWorkers ? processes.count : 1
        ) {
            try await APIClient.connected(to: address) { client in
                let pool = BenchPool(
                    client: client, endpoint: layout.endpoint, processes: processes)
                try await pool.waitUntilReady(
                    workers: shape.beginsWithWorkers ? shape.workers : 0)
                return try await body(pool)
            }
        }
    }

    /// Starts the workers of a pool that began without, and waits until they are there.
    func startWorkers() async throws {
        for worker in processes.dropFirst() { worker.start() }
        try await waitUntilReady(workers: processes.count - 1)
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
        for process in processes { try process.check() }
    }

    private static let notReady = CommandFailure("the pool is not ready after 60 s")
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
