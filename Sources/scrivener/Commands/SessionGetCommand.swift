// `scrivener session get ID`: where a session is.

import ArgumentParser
import ScrivenerClient

struct SessionGetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Show where a session is.")

    @OptionGroup var argument: SessionArgument
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let session = try await client.session(argument.session)
            try options.data.write(
                document: session.bytes, request: "GET /v1/sessions/\(argument.session)"
            ) { Tables.session(session.value) }
        }
    }
}
