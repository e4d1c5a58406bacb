// `scrivener complete-values`, which people do not call: what shells offer for ids. A shell that asks must
// not be kept waiting, and has no place for errors: whatever goes wrong, there is nothing to offer.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

/// Ids that a coordinator knows.
enum IDKind: String, CaseIterable, ExpressibleByArgument {
    case sessions, workers, agents

    var completion: CompletionKind { .shellCommand("scrivener complete-values \(rawValue)") }
}

struct CompletionValuesCommand: AsyncParsableCommand {
    static let patience = Duration.seconds(2)
    /// The newest are what is looked for.
    static let maximumSessions = 100

    static let configuration = CommandConfiguration(
        commandName: "complete-values", abstract: "Print ids for a shell to complete.",
        shouldDisplay: false)

    @Argument var kind: IDKind

    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        let kind = kind
        try? await options.withClient { client in
            let ids = try await withThrowingTaskGroup(of: [String].self) { group in
                group.addTask { try await Self.ids(kind, client) }
                group.addTask {
                    try await Task.sleep(for: Self.patience)
                    return []
                }
                defer { group.cancelAll() }
                return try await group.next() ?? []
            }
            StandardStream.output.write(
                ids.map { TerminalText.cleaned($0) + "\n" }.joined())
        }
    }

    private static func ids(_ kind: IDKind, _ client: APIClient) async throws -> [String] {
        switch kind {
        case .sessions:
            try await client.sessions(limit: maximumSessions, after: nil).value.records
                .map(\.sessionID)
        case .workers: try await client.workers().value.records.map(\.workerID)
        case .agents: try await client.agents().value.records.map(\.agent)
        }
    }
}
