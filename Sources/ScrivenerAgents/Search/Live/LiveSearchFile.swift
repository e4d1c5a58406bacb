// Reads the file that says through whom the research agent searches, and reports all that is wrong with it at once.

public import ScrivenerModel
import ScrivenerYAML

/// A file of services to search through. `docs/agents/search.md` tells what stands in it.
public enum LiveSearchFile {
    /// - Throws: `ScrivenerError` of code `configuration_invalid`, with every mistake and its place in
    ///   the file.
    public static func read(_ path: String) throws(ScrivenerError) -> LiveSearchSettings {
        try DescriptionFile.read(path) { bytes, isJSON throws(ScrivenerError) in
            try settings(in: bytes, isJSON: isJSON)
        }
    }

    static func settings(
        in bytes: [UInt8], isJSON: Bool
    ) throws(ScrivenerError) -> LiveSearchSettings {
        let document = try configurationDocument(in: bytes, isJSON: isJSON)
        var reader = LiveSearchReader()
        let settings = reader.settings(in: document)
        guard reader.fields.mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "the searches are not well described",
                mistakes: reader.fields.mistakes)
        }
        return settings
    }
}
