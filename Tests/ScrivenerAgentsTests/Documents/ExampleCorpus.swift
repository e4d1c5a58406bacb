// The corpus that comes with the project: real pages of two real manuals, on which the agents are
// tested, so that no test passes on pages that were made for it.

import Foundation

@testable import ScrivenerAgents

enum ExampleCorpus {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("examples/corpus").path

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: root + "/" + path)))
    }

    static func document(_ path: String) throws -> DocumentText {
        try DocumentReader.read(bytes(path), path: path)
    }

    static func paths() throws -> [String] {
        try CorpusFolder(root).files().map(\.path)
    }

    /// The text of a page by the simplest means: tags removed, entities resolved, white space
    /// folded. Shares no code with the extractor but the folding.
    static func strippedText(_ path: String) throws -> String {
        var text = String(decoding: try bytes(path), as: UTF8.self)
        let removed = [
            "<!--[\\s\\S]*?-->", "<script[\\s\\S]*?</script>", "<style[\\s\\S]*?</style>",
            "<a[^>]*class=\"footnote\"[\\s\\S]*?</a>", "<a[^>]*class=\"para\"[\\s\\S]*?</a>",
        ]
        for pattern in removed { text = replace(pattern, in: text, with: "") }
        text = replace("<br\\s*/?>", in: text, with: " ")
        text = replace("</?[a-zA-Z!?][^>]*>", in: text, with: "")
        let entities = [
            "&gt;": ">", "&lt;": "<", "&#x25ba;": "►", "&#x25bc;": "▼", "&rarr;": "→",
            "&#91;": "[", "&#93;": "]", "&nbsp;": " ", "&mdash;": "—", "&sup1;": "¹",
            "&times;": "×", "&#92;": "\\", "&#177;": "±", "&quot;": "\"",
        ]
        for (entity, character) in entities {
            text = text.replacingOccurrences(of: entity, with: character)
        }
        return WhiteSpace.folded(text.replacingOccurrences(of: "&amp;", with: "&"))
    }

    private static func replace(_ pattern: String, in text: String, with other: String) -> String {
        text.replacingOccurrences(of: pattern, with: other, options: .regularExpression)
    }
}

/// A folder of its own for one test, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "scrivener-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ text: String, to name: String) throws {
        let file = URL(fileURLWithPath: path + "/" + name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
}
