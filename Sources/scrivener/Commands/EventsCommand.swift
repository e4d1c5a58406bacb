// `scrivener events`: what happens in the pool, as it happens.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel
import ScrivenerOutbound

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Follow the pool: sessions and workers as they change.",
        discussion: """
            Prints a line for each change, until it is interrupted. With --output jsonl each event is a
            line of JSON, progress and the snapshots of the pool as well: its "id" is what --since takes to
            go on behind it. When the connection breaks it is opened again there.
            """)

    @Option(
        help: ArgumentHelp(
            "Go on behind this event, instead of with what happens from now on.",
            valueName: "id"))
    var since: String?

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard options.output == .json else { return }
        throw ValidationError(
            "--output is table or jsonl here: what happens is not one document.")
    }

    mutating func run() async throws {
        try await options.withClient { client in
            // Nobody there is known at once, and not after the patience that a stream has.
            _ = try await client.status()
            var failure: CommandFailure?
            let data = options.data
            let feed = EventFeed(
                client: client, path: ["v1", "events"],
                query: since.map { [(name: "since", value: $0)] } ?? [],
                patience: APIClient.streamPatience)
            await feed.run(
                onTurn: { turn in
                    switch turn {
                    case .interrupted(let error, _):
                        let reason = TerminalText.cleaned(error.failure.message)
                        StandardStream.error.write("connection lost: \(reason); trying again\n")
                    case .restored: StandardStream.error.write("connected again\n")
                    case .lost(let error):
                        failure = error.isPassing ? Self.givenUp(error) : error.failure
                    }
                },
                onEvent: { event in
                    try Self.write(event, to: data)
                    return false
                })
            if let failure { throw failure }
        }
    }

    private static func givenUp(_ error: APIError) -> CommandFailure {
        CommandFailure(
            "lost sight of the pool: \(error.failure.message); "
                + "gave up after \(APIClient.streamPatience.components.seconds) s")
    }

    private static func write(_ event: ServerEvent, to data: DataOutput) throws {
        // That the stream breaks off shows when it does.
        guard event.name != "interrupted" else { return }
        guard data.format == .table else {
            let id = event.id.map { "\"id\":\(RawJSON(.string($0)).text)," } ?? ""
            return data.writeEvent("{\"event\":\"\(event.name)\",\(id)\"data\":\(event.data)}")
        }
        let value = try APIAnswer.value(Array(event.data.utf8), of: "GET /v1/events")
        guard let line = PoolEventLine.text(of: event.name, value) else { return }
        StandardStream.output.write(TerminalText.cleaned(line) + "\n")
    }
}
