// A cluster of real processes for the time of one test: in a folder of its own, on ports that the
// kernel chose, and gone when the test ends, however it ends.

import Foundation
import Subprocess
import Synchronization
import Testing

/// A coordinator, workers, and the command line that talks to them.
final class Cluster: Sendable {
    private struct State {
        var httpPort = 0
        var workerPort = 0
        var processes: [RunningProcess] = []
    }

    let folder: TemporaryFolder
    private let state = Mutex(State())
    private let starts: AsyncStream<RunningProcess>.Continuation

    private init(folder: TemporaryFolder, starts: AsyncStream<RunningProcess>.Continuation) {
        self.folder = folder
        self.starts = starts
    }

    /// Gives `body` a cluster that has no processes yet. When `body` has returned or thrown, or the
    /// test is cancelled, all processes are killed and waited for.
    static func run(_ body: @escaping @Sendable (Cluster) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (starts, source) = AsyncStream.makeStream(of: RunningProcess.self)
        let cluster = Cluster(folder: folder, starts: source)
        defer { Attachment.record(cluster.log, named: "cluster.log") }
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    defer { source.finish() }
                    try await body(cluster)
                }
                for await process in starts {
                    group.addTask { await process.run() }
                }
                // The body has ended, or the test was cancelled and with it the body: what is left
                // are processes, which a cancelled task kills.
                group.cancelAll()
                try await group.waitForAll()
            }
        } catch {
            throw HarnessError("\(error)\n\(cluster.log)")
        }
        #expect(try await folder.processes == [], "processes outlived the test")
    }

    /// What all processes have said.
    private var log: String {
        state.withLock { $0.processes }.map(\.log).joined()
    }

    // MARK: Processes

    /// Starts a program.
    func start(_ program: Program, name: String, _ arguments: [String]) throws -> RunningProcess {
        try start(path: program.path, name: name, arguments)
    }

    /// Starts a program that is none of the project's.
    func start(path: String, name: String, _ arguments: [String]) throws -> RunningProcess {
        let process = RunningProcess(
            name: name, program: path, arguments: arguments, environment: environment)
        state.withLock { $0.processes.append(process) }
        starts.yield(process)
        return process
    }

    /// Starts the coordinator and waits until it serves: on free ports at first, on the same ones
    /// from then on.
    @discardableResult
    func startCoordinator(_ options: [String] = []) async throws -> RunningProcess {
        let coordinator = try start(
            .coordinator, name: "coordinator", coordinatorArguments + options)
        let http = try await coordinator.first { Self.number(in: $0, after: "HTTP listens") }
        let worker = try await coordinator.first { Self.number(in: $0, after: "workers may") }
        state.withLock { state in
            state.httpPort = http
            state.workerPort = worker
        }
        return coordinator
    }

    /// The options that every coordinator of this cluster is started with.
    var coordinatorArguments: [String] {
        let (http, worker) = state.withLock { ($0.httpPort, $0.workerPort) }
        return [
            "--data", folder.path + "/coordinator", "--http-port", String(http),
            "--bind", "tcp://127.0.0.1:" + (worker == 0 ? "*" : String(worker)),
        ]
    }

    /// Starts a worker with the agent `echo` and waits until it has registered.
    @discardableResult
    func startWorker(
        _ id: String, slots: Int = 4, options: [String] = []
    ) async throws -> RunningProcess {
        let worker = try start(
            .worker, name: id,
            [
                "--coordinator", workerEndpoint, "--id", id, "--slots", String(slots),
                "--agents", "echo", "--data", folder.path + "/workers/" + id,
            ] + options)
        try await worker.line(containing: "registered")
        return worker
    }

    var workerEndpoint: String { "tcp://127.0.0.1:\(state.withLock { $0.workerPort })" }

    /// What its processes find in their environment.
    var environment: [String: String] {
        [
            "SCRIVENER_COORDINATOR": "http://127.0.0.1:\(state.withLock { $0.httpPort })",
            "XDG_CACHE_HOME": folder.path + "/cache", "NO_COLOR": "1",
        ]
    }

    /// The port in a line of the log that says so.
    static func number(in line: String, after text: String) -> Int? {
        guard line.contains(text),
            let field = line.split(separator: " ").first(where: {
                $0.hasPrefix("port=") || $0.hasPrefix("endpoint=")
            })
        else { return nil }
        return Int(String(field.reversed().prefix { $0.isNumber }.reversed()))
    }

    // MARK: Commands

    /// Runs `scrivener` to its end.
    func scrivener(
        _ arguments: String..., input: String = "", variables: [String: String] = [:]
    ) async throws -> CommandOutcome {
        try await CommandOutcome.run(
            try Program.scrivener.path, arguments, input: input,
            environment: environment.merging(variables) { $1 })
    }
}
