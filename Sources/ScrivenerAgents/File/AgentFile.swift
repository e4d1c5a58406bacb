// Reads the file that describes a worker's own agents, and reports all that is wrong with it at once: whoever
// starts a worker on many hosts wants one round of corrections.

public import ScrivenerModel
import ScrivenerYAML

/// A file of agents: YAML, or JSON where its name ends so. `docs/agents.md` tells what stands in it.
public enum AgentFile {
    /// - Throws: `ScrivenerError` of code `configuration_invalid`, with every mistake and its place in
    ///   the file.
    public static func read(_ path: String) throws(ScrivenerError) -> [AgentDescription] {
        try DescriptionFile.read(path) { bytes, isJSON throws(ScrivenerError) in
            try descriptions(in: bytes, isJSON: isJSON)
        }
    }

    static func descriptions(
        in bytes: [UInt8], isJSON: Bool
    ) throws(ScrivenerError) -> [AgentDescription] {
        let document = try configurationDocument(in: bytes, isJSON: isJSON)
        var reader = FieldReader()
        let descriptions = AgentDescriptionReader.agents(in: document, with: &reader)
        guard reader.mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "the agents are not well described",
                mistakes: reader.mistakes)
        }
        return descriptions
    }
}
