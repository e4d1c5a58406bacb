// `scrivener session pause ID` and `scrivener session resume ID`.

import ArgumentParser
import ScrivenerClient

struct SessionPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Start nothing more of a session until it is resumed.",
        discussion: """
            Tasks that run finish. With --now they are stopped and run again when the session goes
            on, without using up a retry; those that must not be executed twice finish all the same.
            """)

    @OptionGroup var argument: SessionArgument

    @Flag(help: "Stop the tasks that run.")
    var now = false

    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let id = argument.session
            let session = try await client.pause(id, mode: now ? "now" : "finish")
            try options.data.write(
                document: session.bytes, request: "POST /v1/sessions/\(id)/pause"
            ) { Tables.session(session.value) }
        }
    }
}

struct SessionResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Go on with a paused session.")

    @OptionGroup var argument: SessionArgument
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let id = argument.session
            let session = try await client.resume(id)
            try options.data.write(
                document: session.bytes, request: "POST /v1/sessions/\(id)/resume"
            ) { Tables.session(session.value) }
        }
    }
}
