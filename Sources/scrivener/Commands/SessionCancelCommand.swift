// `scrivener session cancel ID`: asks for a session's cancellation.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct SessionCancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a session.",
        discussion: """
            The session is `cancelling` until every agent is known to have stopped. With --wait
            this waits for that, and exits with 0 when the session has ended as cancelled.
            """)

    @OptionGroup var argument: SessionArgument

    @Flag(help: "Wait until the session has ended.")
    var wait = false

    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let id = argument.session
            let session = try await client.cancel(id)
            guard wait else {
                try options.data.write(
                    document: session.bytes, request: "POST /v1/sessions/\(id)/cancel"
                ) { Tables.session(session.value) }
                return
            }
            let waiting = SessionWaiting(
                client: client, sessionID: id, limits: waiting.limits, data: options.data)
            do {
                try await waiting.waitAndPrint()
            } catch let code as ExitCode where code.rawValue == ExitStatus.cancelled.rawValue {
                // What was asked for.
            }
        }
    }
}
