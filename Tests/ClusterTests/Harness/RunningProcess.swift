// A process that a test started and talks to with signals; what it says is kept line by line.
//
// It is started through `scrivener exec-bound`, so that the kernel kills it when the test's process
// is killed: not even then does one stay behind (Linux only).

import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// How a process ended.
enum Ending: Sendable, Equatable {
    case exited(Int32)
    case signalled(Int32)
    case notStarted(String)
}

/// A process of a test.
final class RunningProcess: Sendable {
    struct State: Sendable {
        var processID: pid_t?
        /// What it has written, stdout and stderr together.
        var lines: [String] = []
        var ending: Ending?
    }

    let name: String
    private let program: String
    private let arguments: [String]
    private let environment: [String: String]
    private let state = Watched(State())

    init(name: String, program: String, arguments: [String], environment: [String: String]) {
        self.name = name
        self.program = program
        self.arguments = arguments
        self.environment = environment
    }

    /// Runs the process to its end, or kills it when the task is cancelled.
    func run() async {
        do {
            let result = try await Subprocess.run(
                try configuration, input: .none, output: .sequence, error: .combinedWithOutput
            ) { execution in
                state.change { $0.processID = execution.processIdentifier.value }
                for try await line in execution.standardOutput.strings() {
                    state.change { $0.lines.append(line) }
                }
            }
            switch result.terminationStatus {
            case .exited(let code): end(.exited(code))
            case .signaled(let signal): end(.signalled(signal))
            }
        } catch {
            end(.notStarted("\(error)"))
        }
    }

    private func end(_ ending: Ending) {
        state.change { $0.ending = ending }
    }

    private var configuration: Configuration {
        get throws {
            let updates = environment.map { (Environment.Key(stringLiteral: $0), Optional($1)) }
            return Configuration(
                executable: .path(FilePath(try Program.scrivener.path)),
                arguments: Arguments(
                    ["exec-bound", "--parent", String(getpid()), "--", program] + arguments),
                environment: .inherit.updating(Dictionary(updates) { first, _ in first }))
        }
    }

    // MARK: Talking to it

    /// Sends a signal, unless the process has ended.
    func send(_ signal: Int32) async throws {
        let processID = try await state.first { state in
            state.ending == nil ? state.processID : -1
        }
        if processID > 0 { _ = kill(processID, signal) }
    }

    /// Waits until it has ended.
    func ending() async throws -> Ending {
        try await state.first { $0.ending }
    }

    /// Waits for the `count`th line that contains the text.
    @discardableResult
    func line(_ count: Int = 1, containing text: String) async throws -> String {
        try await line { line in line.contains(text) ? line : nil }.first(count, of: self)
    }

    /// Waits for a line in which `find` finds something.
    func first<Found: Sendable>(_ find: @escaping @Sendable (String) -> Found?) async throws
        -> Found
    {
        try await line(find).first(1, of: self)
    }

    private func line<Found: Sendable>(
        _ find: @escaping @Sendable (String) -> Found?
    ) -> LineSearch<Found> {
        LineSearch(find: find)
    }

    private struct LineSearch<Found: Sendable>: Sendable {
        let find: @Sendable (String) -> Found?

        func first(_ count: Int, of process: RunningProcess) async throws -> Found {
            try await process.state.first { state in
                let found = state.lines.lazy.compactMap(find).prefix(count)
                let all = Array(found)
                if all.count == count { return all.last }
                guard let ending = state.ending else { return nil }
                throw HarnessError(
                    "\(process.name) ended (\(ending)) before it said what was waited for")
            }
        }
    }

    /// What it has said so far, each line with its name before it.
    var log: String {
        let (lines, ending) = (state.value.lines, state.value.ending)
        let last = ending.map { ["\($0)"] } ?? []
        return (lines + last).map { "\(name) | \($0)\n" }.joined()
    }
}
