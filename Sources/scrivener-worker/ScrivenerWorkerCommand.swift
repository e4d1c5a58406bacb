// `scrivener-worker`: a worker with built-in agents, and those that a file describes.

import ArgumentParser
import ScrivenerAgentKit
import ScrivenerAgents
import ScrivenerOptions
import ScrivenerShell
import ScrivenerWorkerProgram

@main
struct ScrivenerWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrivener-worker",
        abstract: "Holds agents, joins a coordinator's pool, and executes tasks.",
        version: SoftwareVersion.current)

    @Option(help: "The folder of documents that the research agent searches.")
    var corpus: String?

    @Option(
        help: ArgumentHelp(
            "A YAML or JSON file of the services that the research agent searches through, instead "
                + "of a corpus.",
            valueName: "file"))
    var searchFile: String?

    @Option(
        help: """
            The agents to hold, separated by commas: \
            \(BuiltInAgents.names.joined(separator: ", ")). All but echo by default; research \
            needs --corpus or --search-file.
            """)
    var agents: String?

    @Option(
        help: ArgumentHelp(
            "A YAML or JSON file of agents of your own, beside those of --agents.",
            valueName: "file"))
    var agentsFile: String?

    @Option(help: "How many times as long its echo agent takes: to try out a pool.")
    var echoSlowdown = 1.0

    @Option(help: "How many of 100 attempts its echo agent fails: to try out a pool.")
    var echoFailurePercent = 0.0

    @OptionGroup var worker: WorkerOptions

    static func main() async { await LayeredProgram.main(Self.self, program: "worker") }

    func validate() throws {
        guard (0.01...1_000).contains(echoSlowdown) else {
            throw ValidationError("--echo-slowdown must be 0.01…1000, not \(echoSlowdown)")
        }
        guard (0...100).contains(echoFailurePercent) else {
            throw ValidationError(
                "--echo-failure-percent must be 0…100, not \(echoFailurePercent)")
        }
    }

    func run() async throws {
        try await worker.run {
            let described = try agentsFile.map { try AgentFile.read($0) } ?? []
            return (
                try AgentAssembly.agents(described) { try chosenAgents(model: $0) },
                described.map(\.terminationGrace).max() ?? .zero
            )
        }
    }

    private func chosenAgents(model: ResearchModel?) throws -> [any BaseAgent] {
        let search = try searchFile.map { try LiveSearchFile.read($0) }
        let names =
            agents?.split(separator: ",").map(String.init)
            ?? BuiltInAgents.defaultNames(canSearch: corpus != nil || search != nil)
        let echo = EchoManners(slowdown: echoSlowdown, failurePercent: echoFailurePercent)
        return try names.map {
            try BuiltInAgents.make($0, corpus: corpus, search: search, model: model, echo: echo)
        }
    }
}
