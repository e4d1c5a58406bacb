// `scrivener topology render`: files that start the cluster elsewhere, and whether those that are there are
// still what the description says.

import ArgumentParser
import FoundationEssentials
import ScrivenerModel
package import ScrivenerTopology

struct TopologyRenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Make files that start the cluster.",
        discussion: """
            Without --output the files are printed, one after the other. With --check nothing is \
            written: the exit code is 1 when a file in --output is not what would be written, \
            is missing, or was rendered once and is not any more.
            """)

    @Argument(
        help: ArgumentHelp("A .yaml, .yml or .json file.", valueName: "file"),
        completion: .file(extensions: PlanDocument.extensions))
    var file: String

    @Option(name: .customLong("to"), help: "For what: compose, kubernetes or systemd.")
    var target: RenderTarget

    @Option(
        help: ArgumentHelp(
            "Where the files go; made when it is not there.", valueName: "directory"),
        completion: .directory)
    var output: String?

    @Option(
        help: ArgumentHelp(
            "The source tree, for compose: images are built from docker/Dockerfile in it.",
            valueName: "directory"), completion: .directory)
    var build: String?

    @Flag(help: "Only tell what would be written otherwise than it is.")
    var check = false

    func validate() throws {
        guard !check || output != nil else { throw ValidationError("--check needs --output.") }
        guard build == nil || target == .compose else {
            throw ValidationError("--build is for compose.")
        }
    }

    func run() throws {
        let topology = try TopologyDocument.read(file)
        let files: [RenderedFile]
        do throws(ScrivenerError) {
            files = try topology.rendered(for: target, context)
        } catch {
            throw TopologyDocument.failure(error, of: file)
        }
        guard let output else {
            for file in files { StandardStream.output.write("# \(file.path)\n\(file.text)") }
            return
        }
        let folder = RenderedFolder(path: output, target: target)
        if check {
            try folder.check(files)
        } else {
            try folder.write(files)
        }
    }

    private var context: RenderContext {
        let here = FileManager.default.currentDirectoryPath
        let target = (output ?? ".").under(here)
        let folder = TopologyFile.folder(of: file)
        return RenderContext(
            source: file, folder: RelativePath.from(target, to: folder.under(here)),
            name: file.split(separator: "/").last.map(String.init) ?? file,
            build: build.map { RelativePath.from(target, to: $0.under(here)) }
        ) { name throws(ScrivenerError) in
            try TopologyDocument.text(of: name.under(folder))
        }
    }
}

extension RenderTarget: ExpressibleByArgument {}
