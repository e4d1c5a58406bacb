// `scrivener keys api-token`: a token for the HTTP API. It is shown here and nowhere else: what stays is its hash.

import ArgumentParser
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerShell

extension TokenScope: ExpressibleByArgument {}

struct KeysAPITokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-token", abstract: "Make a token for the HTTP API.",
        discussion: """
            Prints the token, or writes it to a file that only you can read. It is not kept and cannot be \
            shown again. A coordinator that runs with this folder accepts it within a second.
            """)

    @Argument(help: ArgumentHelp("A name by which to revoke it.", valueName: "name"))
    var name: String

    @Option(help: "What it allows: read, submit (and read), or admin (everything).")
    var scope: TokenScope

    @Option(
        help: ArgumentHelp(
            "For how long it is valid, such as 90d; for ever when absent.", valueName: "time"))
    var expires: String?

    @Option(
        help: ArgumentHelp(
            "Write it to this file, which must not be there yet, instead of stdout.",
            valueName: "file"), completion: .file())
    var output: String?

    @OptionGroup var folder: KeyFolderOptions

    func validate() throws {
        guard PlanName.isValid(name) else {
            throw ValidationError("A token's name is 1…128 of a–z A–Z 0–9 _ - . :")
        }
        guard expires == nil || validity != nil else {
            throw ValidationError("--expires is \(TimeSpan.textForm).")
        }
    }

    mutating func run() throws {
        let token = APIToken.random()
        let now = BootClock.wall
        let record = APITokenRecord(
            name: name, scope: scope, hash: token.hash, created: now,
            expires: validity.map { now.advanced(by: $0) })
        let bytes = Array((token.text + "\n").utf8)
        do throws(ScrivenerError) {
            try folder.make()
            // Before the token is known to anybody, and not at all when it cannot be handed over.
            try APITokenFile(in: folder.keys).update { (list) throws(ScrivenerError) in
                try list.add(record)
                if let output { try SecretFile.write(bytes, to: output) }
            }
        } catch { throw CommandFailure(error) }
        guard output == nil else { return }
        StandardStream.output.write(token.text + "\n")
    }

    private var validity: TimeSpan? {
        expires.flatMap { TimeSpan(text: $0) }.flatMap { $0 > .zero ? $0 : nil }
    }
}
