// A source as reference styles see it: authors with their parts, a date in its parts, a title and a
// place. What the document does not give stays empty; nothing is guessed, and no style gets a date
// of access, because agents read no clock.

import ScrivenerModel

enum ReferenceStyle: String, Codable, Sendable, CaseIterable {
    /// APA, 7th edition.
    case apa
    /// MLA, 9th edition.
    case mla
    /// The Chicago Manual of Style, 17th edition, author–date.
    case chicago
    case ieee
    case bibtex
}

struct CitedWork: Sendable, Equatable {
    var authors: [AuthorName]
    var date: CitationDate?
    /// One line; the locator for a document without a title.
    var title: String
    /// A URL, or a path within the corpus.
    var locator: String

    init(_ source: Source) {
        authors = source.authors.map(OutsideText.line).filter { !$0.isEmpty }.map(AuthorName.init)
        date = source.published.map(OutsideText.line).flatMap(CitationDate.init)
        let title = OutsideText.line(source.title)
        locator = OutsideText.line(source.locator)
        self.title = title.isEmpty ? locator : title
    }

    var isURL: Bool { OutsideText.isWebAddress(locator) }

    /// The title with a stop, unless it has one.
    var closedTitle: String { Self.closed(title) }

    /// The text with a stop, unless it has one.
    static func closed(_ text: String) -> String {
        text.hasSuffix(".") || text.hasSuffix("?") || text.hasSuffix("!") ? text : text + "."
    }
}
