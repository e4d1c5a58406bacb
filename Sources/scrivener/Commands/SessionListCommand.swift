// `scrivener session list`: the sessions that the coordinator knows.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct SessionListCommand: AsyncParsableCommand {
    /// The most that is asked for at once.
    static let pageSize = 100

    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List sessions.")

    @Option(help: ArgumentHelp("How many sessions to list at most.", valueName: "count"))
    var limit = 50

    @Option(help: "Only sessions of this status.")
    var status: SessionStatus?

    @Option(
        help: ArgumentHelp("Only sessions submitted then, or so long ago.", valueName: "time"),
        transform: { try TimeAgo.since($0) })
    var since: String?

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard (1...100_000).contains(limit) else {
            throw ValidationError("--limit is 1…100000.")
        }
    }

    mutating func run() async throws {
        try await options.withClient { client in
            var sessions: [ResearchSession] = []
            var documents: [[UInt8]] = []
            var cursor: String?
            repeat {
                let page = try await client.sessions(
                    limit: min(Self.pageSize, limit - sessions.count), after: cursor,
                    status: status, since: since)
                sessions += page.value.records
                documents.append(page.bytes)
                // A cursor that does not move would go round for ever.
                guard page.value.next != cursor, !page.value.records.isEmpty else { break }
                cursor = page.value.next
            } while cursor != nil && sessions.count < limit
            try options.data.write(documents: documents, request: "GET /v1/sessions") {
                Tables.sessions(sessions, columns: options.data.columns)
            }
        }
    }
}
