// Reading a description of a cluster, and what is said when it has mistakes.

import FoundationEssentials
import ScrivenerModel
import ScrivenerTopology

enum TopologyDocument {
    /// - Throws: `CommandFailure` with every mistake.
    static func read(_ path: String) throws -> Topology {
        do throws(ScrivenerError) {
            return try TopologyFile.read(path)
        } catch {
            throw failure(error, of: path)
        }
    }

    static func failure(_ error: ScrivenerError, of path: String) -> CommandFailure {
        let lines = error.mistakes.map { "  " + DocumentMistake($0).line }
        let message = error.message.hasPrefix(path) ? error.message : "\(path): \(error.message)"
        return CommandFailure(([message] + lines).joined(separator: "\n"))
    }

    /// The text of a file.
    ///
    /// - Throws: `configuration_invalid`.
    static func text(of path: String) throws(ScrivenerError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ScrivenerError(.configurationInvalid, "\(path) cannot be read")
        }
        return String(decoding: data, as: UTF8.self)
    }
}
