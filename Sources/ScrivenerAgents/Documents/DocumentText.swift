// What an extractor reads out of one file, before a search says how well it answers a question.
// Every extractor (HTML, Markdown, plain text) returns this value and nothing else.

import ScrivenerModel

/// The text of one file, with what the file says about itself.
struct DocumentText: Sendable, Equatable {
    var title: String
    var authors: [String] = []
    /// As the document gives it; ISO 8601 where it could be understood.
    var published: String?
    var kind: SourceKind
    /// All headings of the main text, in document order.
    var headings: [String] = []
    /// In document order.
    var passages: [Passage] = []

    /// The document within limits that no text for readers comes near: what is over goes, from the
    /// end. They keep a payload and an index bounded whatever a file holds.
    func bounded() -> DocumentText {
        var result = self
        result.title = Self.cut(title, to: Self.maximumTitleBytes)
        result.headings = headings.prefix(Self.maximumPassages).map {
            Self.cut($0, to: Self.maximumTitleBytes)
        }
        result.passages = []
        var bytes = 0
        for passage in passages.prefix(Self.maximumPassages) {
            let text = Self.cut(passage.text, to: Self.maximumPassageBytes)
            bytes += text.utf8.count
            guard bytes <= Self.maximumTextBytes else { break }
            let headings = passage.headings.map { Self.cut($0, to: Self.maximumTitleBytes) }
            result.passages.append(Passage(headings: headings, text: text))
        }
        return result
    }

    static let maximumPassages = 5000
    /// Of all passages together.
    static let maximumTextBytes = 1 << 20
    static let maximumPassageBytes = 16 << 10
    static let maximumTitleBytes = 500

    /// The text, cut after a word.
    private static func cut(_ text: String, to limit: Int) -> String {
        guard text.utf8.count > limit else { return text }
        let end = text.utf8.index(text.startIndex, offsetBy: limit)
        let words = text[..<end].lastIndex(of: " ").map { text[..<$0] }
        return WhiteSpace.folded(words ?? text[..<end])
    }

    /// The form in which the agents of a session hand it on.
    func extracted(path: String, confidence: Double) -> ExtractedDocument {
        ExtractedDocument(
            path: path, title: title, authors: authors, published: published, kind: kind,
            confidence: confidence, passages: passages)
    }
}
