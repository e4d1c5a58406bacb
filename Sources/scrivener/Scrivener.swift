// The entry point of the command line: the tree of commands, and the one place where an error
// becomes words on stderr and an exit code.

import ArgumentParser
import ScrivenerClient
import ScrivenerCoordinatorProgram
import ScrivenerShell

@main
struct Scrivener: AsyncParsableCommand {
    /// The version of the command line.
    static let version = SoftwareVersion.current

    static let configuration = CommandConfiguration(
        commandName: "scrivener",
        abstract: "Submit, watch and collect research that a pool of workers carries out.",
        discussion: """
            Data goes to stdout, progress to stderr.

            Exit codes: 0 success, 1 error, 2 unplaceable, 3 finished with failures,
            4 cancelled, 64 usage, 124 timed out, 130 interrupted.
            """,
        version: "scrivener \(version)",
        subcommands: [
            ResearchCommand.self, SessionCommand.self, TaskCommand.self, AgentCommand.self,
            WorkerCommand.self, PoolCommand.self, PlanCommand.self, ConfigCommand.self,
            StatusCommand.self, TopCommand.self, EventsCommand.self, MCPCommand.self,
            DoctorCommand.self,
            ClusterCommand.self, TopologyCommand.self, BoundExecutionCommand.self,
            CompletionValuesCommand.self,
            KeysCommand.self, JournalCommand.self, SimulateCommand.self, BenchCommand.self,
        ])

    static func main() async {
        if CoordinatorProgram.isCalled { return await CoordinatorProgram.main() }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            StandardStream.error.write(failure.rendered)
            leave(with: failure.status)
        } catch let error as APIError {
            let failure = error.failure
            StandardStream.error.write(failure.rendered)
            leave(with: failure.status)
        } catch {
            exit(withError: error)
        }
    }

    private static func leave(with status: ExitStatus) -> Never {
        exit(withError: ExitCode(status.rawValue))
    }
}
