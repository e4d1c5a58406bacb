// `scrivener keys …`: who may join a pool, and who may ask it.

import ArgumentParser

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make, list and revoke keys and tokens.",
        discussion: """
            All of them lie in one folder, which the coordinator is started with. A coordinator that runs \
            takes each change within a second. Secrets are written to files that only you can read; an \
            API token is shown once.
            """,
        subcommands: [
            KeysInitCommand.self, KeysAddWorkerCommand.self, KeysPoolTokenCommand.self,
            KeysAPITokenCommand.self, KeysListCommand.self, KeysAPITokensCommand.self,
            KeysRevokeCommand.self, KeysRotateCommand.self,
        ])
}
