// `scrivener session diagnose ID`: what is wrong with a session, and what holds it up.

import ArgumentParser
import ScrivenerClient

struct SessionDiagnoseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose", abstract: "Show what is wrong with a session and what holds it up."
    )

    @OptionGroup var argument: SessionArgument
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let id = argument.session
            let diagnostics = try await client.diagnostics(of: id)
            try options.data.write(
                document: diagnostics.bytes, request: "GET /v1/sessions/\(id)/diagnostics"
            ) { Tables.diagnostics(diagnostics.value, columns: options.data.columns) }
        }
    }
}
