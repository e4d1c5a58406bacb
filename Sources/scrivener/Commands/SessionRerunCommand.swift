// `scrivener session rerun ID`: runs a session that has ended again, all of it or what did not complete.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct SessionRerunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rerun", abstract: "Run a session that has ended again, as a new one.",
        discussion: """
            With --failed the results of tasks that completed are taken over, unless something that they
            depend on runs again, and only the rest is done. The session that is run again stays as it is.
            """)

    @OptionGroup var argument: SessionArgument

    @Flag(help: "Run only what did not complete, and what depends on that.")
    var failed = false

    @Flag(help: "Open nothing; say what would become of each task, and why.")
    var dryRun = false

    @Flag(help: "Wait until the new session has ended, and exit as it did.")
    var wait = false

    @OptionGroup var idempotency: IdempotencyOptions
    @OptionGroup var waiting: WaitOptions
    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard !(dryRun && wait) else {
            throw ValidationError("--dry-run opens no session that --wait could wait for.")
        }
    }

    private var scope: RerunScope { failed ? .failed : .all }

    mutating func run() async throws {
        try await options.withClient { client in
            if dryRun { try await preview(client) } else { try await rerun(client) }
        }
    }

    private func preview(_ client: APIClient) async throws {
        let id = argument.session
        let preview = try await client.rerunPreview(id, scope)
        try options.data.write(
            document: preview.bytes, request: "POST /v1/sessions/\(id)/rerun?dry_run=true"
        ) { Tables.rerun(preview.value, columns: options.data.columns) }
    }

    private func rerun(_ client: APIClient) async throws {
        let id = argument.session
        let opened = try await client.rerun(id, scope, key: idempotency.idempotencyKey)
        guard wait else {
            try options.data.write(
                document: opened.bytes, request: "POST /v1/sessions/\(id)/rerun"
            ) { Tables.session(opened.value) }
            return
        }
        SessionWaiting.announce(opened.value.sessionID)
        try await SessionWaiting(
            client: client, sessionID: opened.value.sessionID, limits: waiting.limits,
            data: options.data
        ).waitAndPrint()
    }
}
