// Reads the file that names a worker's programs, and reports all that is wrong with it at once: whoever
// starts a worker on many hosts wants one round of corrections.

import Foundation
public import ScrivenerModel
import ScrivenerYAML

/// A file of agents that are programs: YAML, or JSON where its name ends so.
public enum ExecAgentFile {
    static let maximumBytes = 1 << 20

    /// - Throws: `ScrivenerError` of code `configuration_invalid`, with every mistake and its place in
    ///   the file.
    public static func read(_ path: String) throws(ScrivenerError) -> [ExecAgentSettings] {
        guard let file = FileHandle(forReadingAtPath: path),
            let data = try? file.read(upToCount: maximumBytes + 1) ?? Data()
        else { throw ScrivenerError(.configurationInvalid, "\(path) cannot be read") }
        guard data.count <= maximumBytes else {
            throw ScrivenerError(
                .configurationInvalid, "\(path) has more than \(maximumBytes) bytes")
        }
        do {
            return try settings(in: Array(data), isJSON: path.lowercased().hasSuffix(".json"))
        } catch {
            throw ScrivenerError(
                .configurationInvalid, "\(path): \(error.message)",
                mistakes: error.mistakes.map {
                    Mistake(
                        .configurationInvalid, at: $0.path, $0.message, limit: $0.limit,
                        actual: $0.actual)
                })
        }
    }

    static func settings(
        in bytes: [UInt8], isJSON: Bool
    ) throws(ScrivenerError) -> [ExecAgentSettings] {
        let document = try configurationDocument(in: bytes, isJSON: isJSON)
        var reader = ExecAgentReader()
        let settings = reader.agents(in: document)
        guard reader.mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "the agents are not well described",
                mistakes: reader.mistakes)
        }
        return settings
    }
}
