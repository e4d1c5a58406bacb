// One program of a pool: what is said of it in the file of programs. `docs/configuration.md` lists the
// fields.

public import ScrivenerAgentKit

/// The settings of an agent that is a program.
public struct ExecAgentSettings: Sendable, Equatable {
    public var name: String
    public var capabilities: [String]
    /// The program and its arguments: its path, or its name in `PATH`.
    public var command: [String]
    /// The variables of the worker's environment that the program gets.
    public var environment: [String]
    /// A fresh folder for each attempt when `nil`.
    public var workingDirectory: String?
    public var maximumOutputBytes: Int
    public var terminationGrace: Duration

    public init(
        name: String, capabilities: [String] = [], command: [String],
        environment: [String] = ChildCommand.defaultVariables, workingDirectory: String? = nil,
        maximumOutputBytes: Int = 1 << 20, terminationGrace: Duration = .seconds(5)
    ) {
        self.name = name
        self.capabilities = capabilities
        self.command = command
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.maximumOutputBytes = maximumOutputBytes
        self.terminationGrace = terminationGrace
    }
}
