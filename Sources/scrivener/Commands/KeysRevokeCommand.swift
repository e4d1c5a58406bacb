// `scrivener keys revoke`: somebody is out from now on.

import ArgumentParser
import ScrivenerModel
import ScrivenerSecurity

extension RevocableKind: ExpressibleByArgument {}

struct KeysRevokeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Take back a worker's key, a pool's tokens, or an API token.",
        discussion: """
            A worker whose key is taken back is out within a second, and what it runs goes to others. With \
            a pool's token go the keys of all replicas that have enrolled by it.
            """)

    @Argument(
        help: ArgumentHelp(
            "The worker's id, the pool's name, or the token's name.", valueName: "name"))
    var name: String

    @Option(help: "Which of them, where several have the name.")
    var kind: RevocableKind?

    @Flag(help: "Leave the newest.")
    var old = false

    @OptionGroup var options: KeyFolderOptions

    mutating func run() throws {
        do throws(ScrivenerError) {
            let revoked = try options.folder.revoke(name, kind, onlyOld: old)
            StandardStream.output.write(
                "revoked: \(name), \(revoked.count) × \(revoked.kind.noun)\n")
        } catch { throw CommandFailure(error) }
    }
}
