// `scrivener keys rotate`: another key for the coordinator, without a stop.

import ArgumentParser
import ScrivenerModel
import ScrivenerSecurity

struct KeysRotateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Give the coordinator another key, without a stop.",
        discussion: """
            The coordinator introduces the new key to the workers that are connected, which move over to \
            it. The file coordinator.public has both keys meanwhile: give it to workers that are started \
            from now on. When all have moved, --finish ends the old key.
            """)

    @Flag(help: "Put the new key in the old one's place.")
    var finish = false

    @OptionGroup var options: KeyFolderOptions

    mutating func run() throws {
        let folder = options.folder
        do throws(ScrivenerError) {
            if finish { try folder.finishRotation() } else { try folder.beginRotation() }
        } catch { throw CommandFailure(error) }
        StandardStream.output.write("\(folder.path(of: .publicKeys))\n")
    }
}
