// `scrivener keys init`: a coordinator's first key.

import ArgumentParser
import ScrivenerModel
import ScrivenerSecurity

struct KeysInitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make a folder of keys, with a key for the coordinator.",
        discussion: """
            Every worker needs a copy of the file coordinator.public in it. Nobody but the coordinator \
            needs any of the others.
            """)

    @OptionGroup var options: KeyFolderOptions

    mutating func run() throws {
        let folder = options.folder
        do throws(ScrivenerError) {
            try folder.initialise()
        } catch { throw CommandFailure(error) }
        StandardStream.output.write("\(folder.path(of: .publicKeys))\n")
    }
}

extension KeyFolderOptions {
    var folder: KeyFolder { KeyFolder(keys) }
}
