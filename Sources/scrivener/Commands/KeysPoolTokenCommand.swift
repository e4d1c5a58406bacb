// `scrivener keys pool-token`: what the replicas of a pool enrol by.

import ArgumentParser
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerShell

struct KeysPoolTokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool-token", abstract: "Make a token by which replicas of a pool enrol.",
        discussion: """
            Every replica gets the file, and makes a key of its own. A pool may have several tokens: make \
            a new one, give it to the replicas, and revoke the old one with scrivener keys revoke POOL \
            --old, and none of them stops.
            """)

    @Argument(help: ArgumentHelp("The pool's name.", valueName: "pool"))
    var pool: String

    @OptionGroup var secret: SecretOutputOptions
    @OptionGroup var options: KeyFolderOptions

    mutating func run() throws {
        let (pool, secret) = (pool, secret)
        var file: String?
        do throws(ScrivenerError) {
            try options.folder.addPoolToken(pool, at: BootClock.wall) {
                (token) throws(ScrivenerError) in
                file = try secret.write(
                    token.revealedBytes + [0x0A], for: pool, ending: ".token")
            }
        } catch { throw CommandFailure(error) }
        if let file { StandardStream.output.write("\(file)\n") }
    }
}
