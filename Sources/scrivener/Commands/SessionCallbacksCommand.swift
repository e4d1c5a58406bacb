// `scrivener session callbacks ID`: what became of a session's callbacks.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct SessionCallbacksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "callbacks", abstract: "Show what a session's callbacks were told.")

    @OptionGroup var argument: SessionArgument
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let callbacks = try await client.callbacks(of: argument.session)
            try options.data.write(
                document: callbacks.bytes,
                request: "GET /v1/sessions/\(argument.session)/callbacks"
            ) { Tables.callbacks(callbacks.value.callbacks, columns: options.data.columns) }
        }
    }
}
