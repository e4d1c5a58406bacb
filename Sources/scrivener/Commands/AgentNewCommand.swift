// `scrivener agent new NAME`: a package with an agent and a worker that holds it.

import ArgumentParser

struct AgentNewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Make a Swift package with an agent and its worker.",
        discussion: """
            The package builds, has tests that pass, and joins a pool: its README.md tells how, \
            in four lines.
            """)

    @Argument(
        help: "The agent's name, as plans have it: a-z, 0-9 and _, with a letter in front.")
    var name: String

    @Option(
        help: ArgumentHelp(
            "Where Agent Scrivener's own package is: its folder, or the URL of its repository.",
            valueName: "folder|url"))
    var package: String

    @Option(
        help: ArgumentHelp(
            "The folder to make; NAME here when absent. There must be nothing in its place.",
            valueName: "folder"))
    var folder: String?

    func run() throws {
        let template = try AgentTemplate(name: name, dependency: PackageDependency(package))
        let place = folder ?? name
        guard !AtomicFile.exists(place) else {
            throw CommandFailure("\(place) is there already", hint: "--folder names another one.")
        }
        for file in template.files {
            let path = "\(place)/\(file.path)"
            try AtomicFile.makeDirectory(
                String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
            try AtomicFile.write(Array(file.text.utf8), to: path)
        }
        StandardStream.error.write("\(place) is made; \(place)/README.md tells how to go on\n")
    }
}
