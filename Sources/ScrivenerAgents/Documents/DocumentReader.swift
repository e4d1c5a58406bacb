// Chooses the extractor for a file, by the extension of its name: a corpus is somebody's choice of
// files, and guessing at their contents would only hide a mistake in it.

import ScrivenerModel

/// Reads documents of all kinds that are understood.
enum DocumentReader {
    /// No larger file is read. Bounds the memory of an extraction.
    static let maximumBytes = 8 * 1024 * 1024

    /// Endings of file names that are understood, in lower case.
    static let extensions: Set<String> = ["html", "htm", "xhtml", "md", "markdown", "txt"]

    static func isReadable(_ path: some StringProtocol) -> Bool {
        fileExtension(path).map(extensions.contains) ?? false
    }

    /// Reads the bytes of a file.
    ///
    /// - Throws: `AgentFailure` of class `permanent`: `document_unsupported` for an extension that
    ///   is not understood, `document_too_large`, `document_not_text` for Markdown or plain text
    ///   that is not UTF-8, `document_unreadable` for HTML without any element.
    static func read(_ bytes: [UInt8], path: String) throws(AgentFailure) -> DocumentText {
        guard let ending = fileExtension(path), extensions.contains(ending) else {
            throw AgentFailure(
                .permanent, code: "document_unsupported",
                message: "\(path): not one of \(extensions.sorted().joined(separator: ", "))")
        }
        guard bytes.count <= maximumBytes else {
            throw AgentFailure(
                .permanent, code: "document_too_large",
                message: "\(path): \(bytes.count) bytes, \(maximumBytes) are allowed")
        }
        return try extract(bytes, ending, path, title: fileTitle(path)).bounded()
    }

    /// Media types that are understood, and the endings of file names that stand for the same.
    static let mediaTypes = [
        "text/html": "html", "application/xhtml+xml": "html", "text/markdown": "md",
        "text/x-markdown": "md", "text/plain": "txt",
    ]

    /// Reads what a server sent.
    ///
    /// - Parameters:
    ///   - mediaType: as the server says it; what it says nothing of is taken for HTML.
    ///   - place: for messages.
    ///   - title: for a document that names itself nowhere.
    /// - Throws: as for the bytes of a file.
    static func read(
        _ bytes: [UInt8], mediaType: String?, place: String, title: String
    ) throws(AgentFailure) -> DocumentText {
        guard let ending = mediaTypes[mediaType ?? "text/html"] else {
            throw AgentFailure(
                .permanent, code: "document_unsupported",
                message: "\(place): \(mediaType ?? "") is not one of "
                    + mediaTypes.keys.sorted().joined(separator: ", "))
        }
        return try extract(bytes, ending, place, title: title).bounded()
    }

    private static func extract(
        _ bytes: [UInt8], _ ending: String, _ path: String, title: String
    ) throws(AgentFailure) -> DocumentText {
        switch ending {
        case "html", "htm", "xhtml":
            return try HTMLExtractor.extract(bytes, fallbackTitle: title)
        case "md", "markdown":
            return MarkdownExtractor.extract(try text(bytes, path), fallbackTitle: title)
        default:
            return TextExtractor.extract(try text(bytes, path), fallbackTitle: title)
        }
    }

    private static func text(_ bytes: [UInt8], _ path: String) throws(AgentFailure) -> String {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let body = bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
        guard let text = String(validating: body, as: UTF8.self), !body.contains(0) else {
            throw AgentFailure(
                .permanent, code: "document_not_text", message: "\(path): not UTF-8 text")
        }
        return text
    }

    private static func fileExtension(_ path: some StringProtocol) -> String? {
        guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: "."),
            dot != name.startIndex
        else { return nil }
        return name[name.index(after: dot)...].lowercased()
    }

    /// The name of the file without its ending: what a document is called that has no title.
    private static func fileTitle(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? "untitled"
        let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name
        let title = WhiteSpace.folded(stem)
        return title.isEmpty ? "untitled" : title
    }
}
