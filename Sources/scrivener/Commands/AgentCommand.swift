// `scrivener agent …`: the commands about agents and what their instances do.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Look at the agents of the pool, and begin one of your own.",
        subcommands: [AgentListCommand.self, AgentMetricsCommand.self, AgentNewCommand.self])
}

struct AgentListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the agents and their instances on workers.")

    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let agents = try await client.agents()
            try options.data.write(documents: [agents.bytes], request: "GET /v1/agents") {
                Tables.agents(agents.value.records, columns: options.data.columns)
            }
        }
    }
}

struct AgentMetricsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "metrics", abstract: "Show what an agent's instances did, over time.",
        discussion: """
            Times that have passed are given as 90 (seconds), 15m, 6h or 1d; a moment as
            2026-01-31T12:00:00Z. What is kept reaches back a day, in steps of a minute.
            """)

    @Argument(
        help: ArgumentHelp("The agent's name.", valueName: "name"),
        completion: IDKind.agents.completion)
    var agent: String

    @Option(
        help: ArgumentHelp("Begin there, or so long ago.", valueName: "time"),
        transform: { try TimeAgo.since($0) })
    var since: String?

    @Option(
        help: ArgumentHelp("How long each step is (default: 60).", valueName: "time"),
        transform: { try Self.step($0) })
    var step: String?

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard !agent.isEmpty else { throw ValidationError("An agent's name is not empty.") }
    }

    mutating func run() async throws {
        try await options.withClient { client in
            let metrics = try await client.metrics(of: agent, since: since, step: step)
            try options.data.write(
                document: metrics.bytes, request: "GET /v1/agents/\(agent)/metrics"
            ) { Tables.metrics(metrics.value, columns: options.data.columns) }
        }
    }

    private static func step(_ text: String) throws -> String {
        guard let seconds = TimeAgo.seconds(text), (1...86_400).contains(seconds) else {
            throw ValidationError(
                "--step is a time such as 60, 5m or 1h, 1…86400 seconds; not "
                    + TerminalText.cleaned(text))
        }
        return Readable.decimal(seconds, digits: 3)
    }
}

/// Spans of time as people write them.
enum TimeAgo {
    /// A moment, or so long ago, as the API takes it.
    ///
    /// - Throws: `ValidationError` with words for people.
    static func since(_ text: String) throws -> String {
        if let time = WallTime(text) { return time.description }
        guard let seconds = TimeAgo.seconds(text), seconds <= 31_536_000 else {
            throw ValidationError(
                "--since is a moment such as 2026-01-31T12:00:00Z, or a time such as 90, 15m, 6h or "
                    + "1d, a year at most; not \(TerminalText.cleaned(text))")
        }
        return Readable.decimal(seconds, digits: 3)
    }

    /// `90`, `90s`, `15m`, `6h` or `1d` in seconds.
    static func seconds(_ text: String) -> Double? {
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Double(unit == nil ? text[...] : text.dropLast()), number >= 0,
            number.isFinite
        else { return nil }
        return number * (unit ?? 1)
    }
}
