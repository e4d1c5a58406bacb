// The payloads of the research agent: what a search returns, and what is selected from searches.

import ScrivenerModel

/// What `web_search` returns.
struct SearchResults: Codable, Sendable, Equatable {
    var query: String
    /// Best first.
    var hits: [SearchHit]
}

/// One document that a search found.
struct SearchHit: Codable, Sendable, Equatable {
    /// Where it lies in its corpus.
    var path: String
    var title: String
    /// The part of the document that matches best, verbatim but for `…` where it was cut.
    var snippet: String
    /// Its standing among the hits; see `CorpusSearch`. Greater is better; comparable within one
    /// search only.
    var score: Double
    /// 0…1; see `CorpusSearch`.
    var confidence: Double
    var kind: SourceKind
}

/// What `source_selection` returns.
struct SourceSelection: Codable, Sendable, Equatable {
    /// In the order in which they are to be extracted.
    var documents: [SelectedDocument]
}

/// One selected document.
struct SelectedDocument: Codable, Sendable, Equatable {
    var path: String
    var title: String
    /// 0…1; see `SourceSelector`.
    var confidence: Double
}
