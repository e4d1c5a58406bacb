// `scrivener session submit PLAN`: opens a session with a plan from a file or from standard input.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct SessionSubmitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit", abstract: "Submit a plan, which opens a session.",
        discussion: """
            The plan is sent as it is. What the coordinator accepts is on disk when this returns.
            """)

    @Argument(
        help: ArgumentHelp(
            "A .json, .yaml or .yml file, or - for standard input.", valueName: "plan"),
        completion: .file(extensions: PlanDocument.extensions))
    var plan: String

    @Flag(help: "Wait until the session has ended, and exit as it did.")
    var wait = false

    @OptionGroup var idempotency: IdempotencyOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        let document = try PlanDocument.read(path: plan)
        try await options.withClient { client in
            let submitted = try await client.submit(document, key: idempotency.idempotencyKey)
            guard wait else {
                try options.data.write(
                    document: submitted.bytes, request: "POST /v1/sessions"
                ) { Tables.session(submitted.value) }
                return
            }
            SessionWaiting.announce(submitted.value.sessionID)
            try await SessionWaiting(
                client: client, sessionID: submitted.value.sessionID, limits: waiting.limits,
                data: options.data
            ).waitAndPrint()
        }
    }
}
