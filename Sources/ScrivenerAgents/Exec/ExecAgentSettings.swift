// One program of a pool: what is said of it in the file of agents. `docs/configuration.md` lists the
// fields.

public import ScrivenerAgentKit

/// The settings of an agent that is a program.
public struct ExecAgentSettings: Sendable, Equatable {
    /// How many attempts a process of the program is for.
    public enum Mode: String, Sendable, CaseIterable {
        /// Each attempt has one of its own.
        case run
        /// One serves all.
        case serve
    }

    /// How a program gets an attempt's request.
    public enum Request: String, Sendable, CaseIterable {
        case stdin
        /// In a file, whose path is in the environment.
        case file
    }

    public var identity: AgentIdentity
    /// The program and its arguments: its path, or its name in `PATH`.
    public var command: [String]
    public var mode: Mode
    /// Counts where each attempt has its process.
    public var request: Request
    /// The variables of the worker's environment that the program gets.
    public var environment: [String]
    /// A fresh folder for each attempt, or of a process that serves, when `nil`.
    public var workingDirectory: String?
    public var maximumOutputBytes: Int
    public var terminationGrace: Duration
    /// Of a process that serves: how long it may take to say that it is ready.
    public var startPatience: Duration
    /// Of a process that serves, the time on the clock is an attempt's.
    public var limits: ChildLimits
    /// Where it may do what; anywhere and anything that the worker may when `nil`.
    public var sandbox: ExecSandbox?

    public init(
        _ identity: AgentIdentity, command: [String], mode: Mode = .run,
        request: Request = .stdin,
        environment: [String] = ChildCommand.defaultVariables, workingDirectory: String? = nil,
        maximumOutputBytes: Int = 1 << 20, terminationGrace: Duration = .seconds(5),
        startPatience: Duration = .seconds(30), limits: ChildLimits = ChildLimits(),
        sandbox: ExecSandbox? = nil
    ) {
        self.identity = identity
        self.command = command
        self.mode = mode
        self.request = request
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.maximumOutputBytes = maximumOutputBytes
        self.terminationGrace = terminationGrace
        self.startPatience = startPatience
        self.limits = limits
        self.sandbox = sandbox
    }

    /// The agent, not yet initialised.
    func agent() -> any BaseAgent {
        switch mode {
        case .run: ExecAgent(self)
        case .serve: ServedAgent(self)
        }
    }

    /// How long a cancelled attempt may take to end: one that a process serves is asked first, and then the process
    /// is.
    var endingTime: Duration {
        switch mode {
        case .run: terminationGrace
        case .serve: terminationGrace + ServedAgent.killGrace
        }
    }

    /// The command, within its sandbox where it has one.
    ///
    /// - Parameter folders: beside the working folder, what it may write to.
    func arguments(in folder: String, writable folders: [String]) -> [String] {
        sandbox?.arguments(command, in: folder, writable: folders) ?? command
    }
}
