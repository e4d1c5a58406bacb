// `scrivener session watch ID`: follows a session until it has ended.

import ArgumentParser
import ScrivenerClient

struct SessionWatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Follow a session until it has ended.",
        discussion: """
            Progress goes to stderr and the ended session to stdout. With --output jsonl each
            report of progress goes to stdout instead, one a line.
            """)

    @OptionGroup var argument: SessionArgument
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let data = options.data
            // Says at once when there is no such session or no coordinator.
            _ = try await client.session(argument.session)
            let waiting = SessionWaiting(
                client: client, sessionID: argument.session, limits: waiting.limits, data: data)
            guard data.format == .jsonl else { return try await waiting.waitAndPrint() }
            let report = try await waiting.waitForEnd { data.writeEvent($0) }
            try await waiting.conclude(report)
        }
    }
}
