// Files that were rendered, and whether they still are what a description says.

import Foundation
import ScrivenerModel
import ScrivenerTopology
import Testing

@testable import scrivener

struct RenderedFolderTests {
    @Test(
        arguments: [
            ("/a/docker", "/a/topology", "../topology"), ("/a", "/a", "."), ("/a", "/a/b", "b"),
            ("/a/b/c", "/", "../../.."), ("/a/./b/../c", "/a/d", "../d"),
        ])
    func `One folder is found from another`(folder: String, target: String, path: String) {
        #expect(RelativePath.from(folder, to: target) == path)
    }

    /// The files in the repository are those that its descriptions make. (What `scripts/test` runs is the
    /// command itself.)
    @Test func `A difference, a missing file and one too many are told`() throws {
        let place = FileManager.default.temporaryDirectory.appending(
            path: "rendered-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: place) }
        let folder = RenderedFolder(path: place.path, target: .systemd)
        let topology = try TopologyFile.read(
            Repository.root.appending(path: "topology/three-hosts.yaml").path)
        let files = try topology.rendered(
            for: .systemd,
            RenderContext(source: "x", folder: ".", name: "three-hosts.yaml") {
                _ throws(ScrivenerError) in "text\n"
            })
        try folder.write(files)
        try folder.check(files)

        let unit = place.appending(path: files[0].path)
        var text = try String(contentsOf: unit, encoding: .utf8)
        text = text.replacing("UMask=0077", with: "UMask=0000")
        try Data(text.utf8).write(to: unit)
        try FileManager.default.removeItem(at: place.appending(path: files[1].path))
        for (name, target) in [("old", RenderTarget.systemd), ("other", .compose)] {
            try Data("\(RenderContext.mark) \(target.mark)\n".utf8).write(
                to: place.appending(path: "hub/" + name))
        }
        try Data("by hand\n".utf8).write(to: place.appending(path: "README.md"))
        let failure = #expect(throws: CommandFailure.self) { try folder.check(files) }
        let message = try #require(failure?.message)
        #expect(message.contains("is UMask=0000, should be UMask=0077"))
        #expect(message.contains("\(files[1].path) is missing"))
        #expect(message.contains("hub/old is not rendered any more"))
        #expect(!message.contains("README.md"))
        #expect(!message.contains("other"))
    }
}
