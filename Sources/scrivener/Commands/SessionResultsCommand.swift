// `scrivener session results ID`: what a session came to.

import ArgumentParser
import ScrivenerClient

struct SessionResultsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "results", abstract: "Show what a session came to.",
        discussion: """
            The table is a summary; --output json has the payload and the findings of every task.
            """)

    @OptionGroup var argument: SessionArgument
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let request = "GET /v1/sessions/\(argument.session)/results"
            let bytes = try await client.results(argument.session)
            let overview = try APIAnswer.decode(ResultsOverview.self, from: bytes, of: request)
            try options.data.write(document: bytes, request: request) {
                Tables.results(overview)
            }
        }
    }
}
