// Which documents a session reads, out of several live searches. As for a corpus (`SourceSelector`) the lists are merged
// by reciprocal rank fusion, and the best document of every search is seated first, so that no part of the
// question goes without. What differs is the confidence: there is no collection to measure terms in, so it is how
// much of the question stands in the title and what the search says of the document (`TextRelevance`), until the
// document is read. A document of which that is nothing is dropped.

import ScrivenerModel
import ScrivenerOutbound

/// Selects documents for a question.
struct LiveSelection {
    private struct Candidate {
        var document: SelectedDocument
        var fusion = 0.0
        /// The first search whose best document it is.
        var seat: Int?
    }

    private let relevance: TextRelevance
    private var candidates: [String: Candidate] = [:]

    /// - Throws: `AgentFailure` (`stemmer_unavailable`).
    init(question: String) throws { relevance = try TextRelevance(question) }

    /// The documents to read, at most `limit`.
    mutating func select(_ searches: [SearchResults], limit: Int) -> SourceSelection {
        for (position, search) in searches.prefix(SourceSelector.maximumSearches).enumerated() {
            add(search, position)
        }
        let ranked = candidates.values.filter { $0.document.confidence > 0 }.sorted {
            let seats = ($0.seat ?? .max, $1.seat ?? .max)
            if seats.0 != seats.1 { return seats.0 < seats.1 }
            if $0.fusion != $1.fusion { return $0.fusion > $1.fusion }
            return $0.document.path < $1.document.path
        }
        return SourceSelection(documents: ranked.prefix(limit).map(\.document))
    }

    private mutating func add(_ search: SearchResults, _ position: Int) {
        var isSeatFree = true
        for (rank, hit) in search.hits.prefix(CorpusSearch.maximumHits).enumerated() {
            guard let url = try? OutboundURL(hit.path) else { continue }
            // The same work in two catalogues is one.
            let key = hit.facts?.abstract == nil ? url.text : hit.title.lowercased()
            let text = hit.facts?.abstract ?? hit.snippet
            let confidence = relevance.answerability(of: ["\(hit.title). \(text)"])
            var candidate =
                candidates[key]
                ?? Candidate(
                    document: SelectedDocument(
                        path: url.text, title: hit.title, confidence: confidence,
                        kind: hit.kind, facts: hit.facts))
            candidate.fusion += 1 / (SourceSelector.fusionConstant + Double(rank + 1))
            candidate.document.confidence = max(candidate.document.confidence, confidence)
            if isSeatFree, confidence > 0 {
                candidate.seat = min(candidate.seat ?? position, position)
                isSeatFree = false
            }
            candidates[key] = candidate
        }
    }
}
