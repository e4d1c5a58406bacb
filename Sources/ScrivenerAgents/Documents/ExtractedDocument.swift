// A document as the agents of a research session hand it on: its main text in passages, with what
// is known about it. Everything that a report quotes is a substring of one of these passages.

import ScrivenerModel

/// The main text of one document.
struct ExtractedDocument: Codable, Sendable, Equatable {
    /// Where it lies in its corpus, with `/` between folders: `sqlite/wal.html`.
    var path: String
    var title: String
    var authors: [String]
    /// As the document gives it; ISO 8601 where it could be understood.
    var published: String?
    var kind: SourceKind
    /// 0…1: how well the document answers the question, from the search that found it.
    var confidence: Double
    /// In document order.
    var passages: [Passage]
}

/// A paragraph, list item or similar block of running text.
struct Passage: Codable, Sendable, Equatable {
    /// The headings above it, outermost first.
    var headings: [String]
    /// Plain text: entities resolved, every run of white space one blank, trimmed.
    var text: String
}
