// What an agent says of a child process, and what it hears of it.
//
// A child gets what is named here and nothing else of the worker: no descriptors, no terminal, and of
// the environment what is on a list, because a worker's environment holds secrets of others.

import Foundation
import ScrivenerModel

/// A program to run as a child process, with its arguments.
public struct ChildCommand: Sendable {
    /// The program and its arguments, as the program is to see them: no shell reads them. A program
    /// without a slash is looked for in the `PATH` of the child's environment; a relative path counts
    /// from its working directory.
    public var arguments: [String]
    /// What the child reads on its standard input.
    public var input: [UInt8]
    /// Variables of the worker's own environment that the child gets; those that are not set are left
    /// out.
    public var inheritedVariables: [String]
    /// Variables that are set for the child; they win over inherited ones.
    public var variables: [String: String]
    /// The worker's own when `nil`.
    public var workingDirectory: String?
    /// How much the child may write to its standard output. With more it is stopped.
    public var maximumOutputBytes: Int
    /// How much of what it wrote last to standard error is kept.
    public var maximumErrorBytes: Int
    /// Whether what it writes to standard error is emitted, line by line, while it runs.
    public var emitsErrors: Bool
    /// How long the child may take to end after SIGTERM, before SIGKILL.
    public var terminationGrace: Duration
    /// What it may use, with all that it starts.
    public var limits: ChildLimits

    /// What a child inherits unless it is told otherwise.
    public static let defaultVariables = ["PATH", "LANG", "HOME"]

    public init(
        _ arguments: [String], input: [UInt8] = [],
        inheritedVariables: [String] = ChildCommand.defaultVariables,
        variables: [String: String] = [:], workingDirectory: String? = nil,
        maximumOutputBytes: Int = 1 << 20, maximumErrorBytes: Int = 16 << 10,
        emitsErrors: Bool = false, terminationGrace: Duration = .seconds(5),
        limits: ChildLimits = ChildLimits()
    ) {
        self.arguments = arguments
        self.input = input
        self.inheritedVariables = inheritedVariables
        self.variables = variables
        self.workingDirectory = workingDirectory
        self.maximumOutputBytes = maximumOutputBytes
        self.maximumErrorBytes = maximumErrorBytes
        self.emitsErrors = emitsErrors
        self.terminationGrace = terminationGrace
        self.limits = limits
    }

    /// The whole environment of the child.
    var environment: [String: String] {
        let own = ProcessInfo.processInfo.environment.filter { inheritedVariables.contains($0.key) }
        return own.merging(variables) { $1 }
    }

    /// A zero byte ends a text for the kernel, which would then see another command.
    func check() throws(AgentFailure) {
        guard arguments.first?.isEmpty == false else {
            throw AgentFailure(
                .permanent, code: "command_invalid", message: "there is no program to run")
        }
        let texts = arguments + environment.flatMap { [$0.key, $0.value] }
        guard !(texts + [workingDirectory ?? ""]).contains(where: { $0.utf8.contains(0) }) else {
            throw AgentFailure(
                .permanent, code: "command_invalid",
                message: "arguments, environment and folder cannot have a zero byte")
        }
    }
}

/// How a child process ended, and what it wrote.
public struct ChildOutcome: Sendable, Equatable {
    public enum Ending: Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    public var ending: Ending
    /// All that it wrote to standard output.
    public var output: [UInt8]
    /// The last lines that it wrote to standard error.
    public var errorTail: [String]
    /// The processor time of the child and of those of its children that it has waited for; zero where
    /// nobody says.
    public var processorTime: Duration
    /// The most memory in which it and what it had started were seen to be at a time, in bytes; zero when
    /// none of its limits made anybody look.
    public var peakMemoryBytes: Int

    public init(
        ending: Ending, output: [UInt8] = [], errorTail: [String] = [],
        processorTime: Duration = .zero, peakMemoryBytes: Int = 0
    ) {
        self.ending = ending
        self.output = output
        self.errorTail = errorTail
        self.processorTime = processorTime
        self.peakMemoryBytes = peakMemoryBytes
    }
}

extension AgentContext {
    /// Runs a child process to its end.
    ///
    /// The child has a session and a process group of its own, and a control group where the worker
    /// may make one. When it has ended, and when the surrounding task is cancelled, all of them get
    /// SIGTERM, after the command's grace SIGKILL, and only when none of them is left does this
    /// return: a worker that then says `cancelled` has seen it. Processes that the child left in the
    /// background are no exception. Only one that made a session of its own, where there are no
    /// control groups, is not found. When the worker dies, in whatever way, its children are killed
    /// at once by a guard.
    ///
    /// - Throws: `CancellationError` when the task was cancelled. `AgentFailure` of code
    ///   `command_invalid`, `command_not_found`, `child_not_started`, or `child_output_too_large`,
    ///   `child_memory_limit`, `child_cpu_limit` and `child_wall_time_limit`, which say the limit and the
    ///   actual. A child that fails is an outcome, not an error.
    public func run(_ command: ChildCommand) async throws -> ChildOutcome {
        do {
            return try await run(command, hearing: nil)
        } catch let failure as AgentFailure where failure.failureClass == .cancelled {
            throw CancellationError()
        }
    }

    /// The same, and lines of its standard error that begin with a brace are shown to `hear` first: what that
    /// takes is for nobody else.
    ///
    /// - Throws: as `run(_:)`; but when the task is cancelled while the child runs, an `AgentFailure` of class
    ///   `cancelled` with its last lines.
    package func run(
        _ command: ChildCommand, hearing hear: (@Sendable ([UInt8]) -> Bool)?
    ) async throws -> ChildOutcome {
        var passOn: (@Sendable (String) -> Void)?
        if command.emitsErrors { passOn = { emit($0) } }
        return try await ChildRun(
            command: command, children: children, logger: logger,
            errors: ChildErrorListener(emit: passOn, hear: hear)
        ).outcome()
    }
}
