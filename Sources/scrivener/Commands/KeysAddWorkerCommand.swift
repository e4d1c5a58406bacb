// `scrivener keys add-worker`: a key for one worker.

import ArgumentParser
import ScrivenerModel
import ScrivenerSecurity
import ZeroMQ

struct KeysAddWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add-worker", abstract: "Make a key for a worker, and list it.",
        discussion: """
            The secret key goes to the worker, which is started with --key; the coordinator keeps the \
            public one. With --replace the worker's old key goes on being good until it is revoked: \
            scrivener keys revoke NAME --old.
            """)

    @Argument(help: ArgumentHelp("The worker's id: NAME, or POOL/NAME.", valueName: "id"))
    var worker: String

    @Flag(help: "Add a key to the one that the worker has.")
    var replace = false

    @OptionGroup var secret: SecretOutputOptions
    @OptionGroup var options: KeyFolderOptions

    func validate() throws {
        guard WorkerName(worker) != nil else {
            throw ValidationError("A worker's id is NAME or POOL/NAME, of a–z A–Z 0–9 _ - . :")
        }
    }

    mutating func run() throws {
        guard let name = WorkerName(worker) else { return try validate() }
        let secret = secret
        var file: String?
        do throws(ScrivenerError) {
            try options.folder.addWorker(name, replacing: replace) {
                (pair) throws(ScrivenerError) in
                file = try secret.write(
                    WorkerKeyFile.bytes(of: pair.secretKey, for: "worker \(name)'s"), for: worker,
                    ending: ".secret")
            }
        } catch { throw CommandFailure(error) }
        if let file { StandardStream.output.write("\(file)\n") }
    }
}
