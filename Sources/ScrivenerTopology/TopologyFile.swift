// Reads descriptions of clusters, and reports all that is wrong with one at once.

import FoundationEssentials
package import ScrivenerModel
import ScrivenerYAML

/// A file that describes a cluster: YAML, or JSON where its name ends so.
package enum TopologyFile {
    /// - Throws: `ScrivenerError` of code `configuration_invalid`, with every mistake and its place in
    ///   the file.
    package static func read(_ path: String) throws(ScrivenerError) -> Topology {
        let folder = folder(of: path)
        return try topology(
            in: try contents(of: path), isJSON: path.lowercased().hasSuffix(".json")
        ) { name throws(ScrivenerError) in try contents(of: name.under(folder)) }
    }

    /// - Parameter readFile: the bytes of a file that the description names, by the name it has there.
    static func topology(
        in bytes: [UInt8], isJSON: Bool = false,
        readFile: @escaping (String) throws(ScrivenerError) -> [UInt8]
    ) throws(ScrivenerError) -> Topology {
        let document = try configurationDocument(in: bytes, isJSON: isJSON)
        var reader = TopologyReader(readFile: readFile)
        let topology = reader.topology(in: document)
        let count = reader.mistakes.count
        guard count > 0 else { return topology }
        let listed = count > TopologyLimits.mistakes ? "; the first are listed" : ""
        throw ScrivenerError(
            .configurationInvalid,
            "the topology has \(count) \(count == 1 ? "mistake" : "mistakes")\(listed)",
            mistakes: Array(reader.mistakes.prefix(TopologyLimits.mistakes)))
    }

    /// The folder that names in the file are relative to.
    package static func folder(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
    }

    private static func contents(of path: String) throws(ScrivenerError) -> [UInt8] {
        guard let file = FileManager.default.contents(atPath: path) else {
            throw ScrivenerError(.configurationInvalid, "\(path) cannot be read")
        }
        guard file.count <= TopologyLimits.fileBytes else {
            throw ScrivenerError(
                .configurationInvalid,
                "\(path) has \(file.count) bytes; the limit is \(TopologyLimits.fileBytes)")
        }
        return Array(file)
    }
}

extension String {
    /// The path, from the folder where it is relative.
    package func under(_ folder: String) -> String {
        if hasPrefix("/") || folder == "." { return self }
        return folder.hasSuffix("/") ? folder + self : "\(folder)/\(self)"
    }
}
