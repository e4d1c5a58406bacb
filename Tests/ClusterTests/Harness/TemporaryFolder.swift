// A folder of a test's own, and the processes that name it on their command lines.

import Foundation

/// A folder that is removed with what is in it.
struct TemporaryFolder: Sendable {
    let path: String

    init() throws {
        // Real paths: command lines are searched for them.
        let root = URL(filePath: NSTemporaryDirectory()).resolvingSymlinksInPath()
        path = root.appending(path: "scrivener-e2e-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// Writes a file, and makes the folders above it.
    func write(_ text: String, to name: String) throws {
        let file = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    func text(of name: String) throws -> String {
        try String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }

    /// The command lines of the processes that were told of this folder and still live.
    var processes: [String] {
        get async throws {
            let list = try await CommandOutcome.run("/bin/ps", ["-A", "-ww", "-o", "pid=,args="])
            return list.output.split(separator: "\n").filter { $0.contains(path) }.map(String.init)
        }
    }
}
