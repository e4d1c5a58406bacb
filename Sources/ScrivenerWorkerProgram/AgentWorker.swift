// A worker of one's own, as a program: it names its agents, and has every option that `scrivener-worker` has for
// what surrounds them: keys, pools, metrics, traces, configuration in files and in the environment.

import ArgumentParser
public import ScrivenerAgentKit
import ScrivenerOptions
import ScrivenerShell

/// A program that holds agents.
///
///     import ScrivenerAgentKit
///     import ScrivenerWorkerProgram
///
///     @main
///     enum Main: AgentWorker {
///         static var agents: [any BaseAgent] { [WordCount()] }
///     }
///
/// `docs/configuration.md` tells of its options, which are those of `scrivener-worker` without its built-in agents.
public protocol AgentWorker: SendableMetatype {
    /// Made once, when the program starts. What it throws ends the program with the exit code 78.
    static var agents: [any BaseAgent] { get throws }

    /// How long the slowest of them may take to end when it is cancelled, beyond a second: for agents that run
    /// child processes, their grace. 5 s when nothing is said.
    static var endingTime: Duration { get }
}

extension AgentWorker {
    public static var endingTime: Duration { .seconds(5) }

    /// Reads the process's options, runs, and ends the process with its code where that fails.
    public static func main() async {
        let own = OwnAgents(agents: { try Self.agents }, endingTime: endingTime)
        await OwnAgents.$current.withValue(own) {
            await LayeredProgram.main(AgentWorkerCommand.self, program: "worker")
        }
    }
}

/// What the command holds: the parser makes commands itself.
private struct OwnAgents: Sendable {
    var agents: @Sendable () throws -> [any BaseAgent]
    var endingTime: Duration

    @TaskLocal static var current = OwnAgents(agents: { [] }, endingTime: .zero)
}

private struct AgentWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: CommandLine.arguments.first?.split(separator: "/").last.map(String.init),
        abstract: "Holds agents, joins a coordinator's pool, and executes tasks.",
        version: SoftwareVersion.current)

    @OptionGroup var worker: WorkerOptions

    func run() async throws {
        let own = OwnAgents.current
        try await worker.run { (try own.agents(), own.endingTime) }
    }
}
