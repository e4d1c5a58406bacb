// The processes that a benchmark runs beside itself.

import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A process with the end of what it said. It may be started more than once.
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
    var lastLines: String { lines.joined(separator: "\n") }
    /// The last that it said.
    var lines: [String] { state.withLock { $0.lines } }
    var handle: ChildHandle { state.withLock { $0.handle } }

    /// What it has taken of the machine; `nil` when it does not run.
    var use: ProcessUse? { handle.processID.flatMap { ProcessUse(of: $0) } }

    /// - Throws: `CommandFailure` when it has ended.
    func check() throws {
        guard let ending else { return }
        throw CommandFailure("\(name) has ended: \(ending.described)", hint: lastLines)
    }

    /// Has processes at hand for as long as `body` runs, and kills them afterwards.
    ///
    /// - Parameter count: how many of them, from the first, run from the beginning.
    static func with<Result: Sendable>(
        _ processes: [BenchProcess], starting count: Int,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self, returning: Result.self) { group in
            for process in processes { group.addTask { await process.run() } }
            defer {
                for process in processes { process.stop() }
            }
            for process in processes.prefix(count) { process.start() }
            return try await body()
        }
    }

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
