// Which documents a session reads, out of several searches for parts of its question.
//
// The lists are merged by reciprocal rank fusion (Cormack, Clarke, Büttcher: "Reciprocal Rank
// Fusion outperforms Condorcet and individual Rank Learning Methods", SIGIR 2009), with their k of
// 60. Two things are added. The best document of every search is seated first, so that no part of
// the question goes without; and where the question names several top folders of the corpus
// (manuals of several products), they take turns.
//
// A document's confidence in regard to the question is the greatest of
//
//     confidence of the hit · relevance of its search · answerability · folder
//
// relevance:     min(1, 2 · share) · precision. By the importance of terms (`IndexReader`), share
//                is how much of the question the search takes up, and precision how much of the
//                search comes from the question, where another word for one of its words
//                (`RelatedTerms`) counts half: a search for one common word of a question, or for
//                words that it does not have, answers little of it.
// answerability: that of the question, over that of the search where it has less: a part that the
//                corpus knows well does not answer a question whose subject it has never seen.
// folder:        one third for a document outside the folders that the question names.
//
// Below `minimumConfidence` a document is dropped, so that a question that the corpus cannot answer
// gets few documents or none. The limit was set by the questions in `SourceSelectionTests` and
// `RelevanceTests`.

import ScrivenerModel

/// Selects documents for a question.
struct SourceSelector {
    /// The constant of reciprocal rank fusion.
    static let fusionConstant = 60.0
    static let minimumConfidence = 0.5
    /// Searches that are looked at.
    static let maximumSearches = 64

    private let question: QueryTerms
    private let names: NamedFolders
    /// Other words for those of the question.
    private let related: Set<String>
    private var candidates: [String: Candidate] = [:]
    /// Documents of the folders that the question names; `nil` for all.
    private var inScope: Set<String>?
    private var answerability = 1.0
    private var questionImportance = 0.0

    private struct Candidate {
        var document: SelectedDocument
        var digest: String
        var fusion = 0.0
        /// The first search whose best document it is.
        var seat: Int?
    }

    /// - Parameter folders: the top folders of the corpus.
    init(question: String, folders: [String]) {
        names = NamedFolders(in: question, among: folders)
        self.question = names.terms(of: QueryTerms(question))
        related = Set(
            self.question.terms.flatMap { term in
                QueryTerms(RelatedTerms.alternative(to: term) ?? "").terms
            })
    }

    /// The documents to read, at most `limit`.
    ///
    /// Hits that the index does not know are ignored: payloads are not trusted to name documents.
    mutating func select(
        _ searches: [SearchResults], limit: Int, in index: IndexReader
    ) throws -> SourceSelection {
        questionImportance = try importance(of: question.terms, in: index)
        answerability = try Answerability.of(question, scope: names.scope, in: index)
        if let scope = names.scope { inScope = try index.paths(matching: scope) }
        for (position, search) in searches.prefix(Self.maximumSearches).enumerated() {
            try add(search, position, in: index)
        }
        let chosen = takingTurns(ranked()).prefix(limit)
        return SourceSelection(documents: chosen.map(\.document))
    }

    private mutating func add(
        _ search: SearchResults, _ position: Int, in index: IndexReader
    ) throws {
        let relevance = try relevance(of: search, in: index)
        var isSeatFree = true
        var seen: Set<String> = []
        for (rank, hit) in search.hits.prefix(CorpusSearch.maximumHits).enumerated() {
            guard seen.insert(hit.path).inserted,
                let document = try index.document(atPath: hit.path)
            else { continue }
            let given = hit.confidence.isFinite ? min(1, max(0, hit.confidence)) : 0
            let isInScope = inScope?.contains(hit.path) ?? true
            let confidence =
                given * relevance * (isInScope ? 1 : CorpusSearch.otherFolderFactor)
            var candidate =
                candidates[hit.path]
                ?? Candidate(
                    document: SelectedDocument(
                        path: document.path, title: document.title, confidence: 0),
                    digest: document.digest)
            candidate.fusion += relevance / (Self.fusionConstant + Double(rank + 1))
            candidate.document.confidence = max(
                candidate.document.confidence, CorpusSearch.rounded(confidence))
            if isSeatFree, confidence >= Self.minimumConfidence {
                candidate.seat = min(candidate.seat ?? position, position)
                isSeatFree = false
            }
            candidates[hit.path] = candidate
        }
    }

    /// What the search has to do with the question; 0…1.
    private func relevance(of search: SearchResults, in index: IndexReader) throws -> Double {
        let terms = names.terms(of: QueryTerms(search.query))
        let all = try importance(of: terms.terms, in: index)
        let shared = try importance(of: terms.terms.filter(question.terms.contains), in: index)
        let akin = try importance(
            of: terms.terms.filter { related.contains($0) && !question.terms.contains($0) },
            in: index)
        guard all > 0, questionImportance > 0 else { return 0 }
        let taken = shared + akin / 2
        let scope = NamedFolders(in: search.query, among: index.topFolders).scope
        let ofSearch = try Answerability.of(terms, scope: scope, in: index)
        let part = ofSearch > answerability ? answerability / ofSearch : 1
        return min(1, 2 * taken / questionImportance) * taken / all * part
    }

    private func importance(of terms: [String], in index: IndexReader) throws -> Double {
        try index.ranked(terms).reduce(0) { $0 + $1.weight * $1.importance }
    }

    /// The candidates that are confident enough, seated ones first, one for each text.
    private func ranked() -> [Candidate] {
        let sorted = candidates.values
            .filter { $0.document.confidence >= Self.minimumConfidence }
            .sorted { first, second in
                let seats = (first.seat ?? .max, second.seat ?? .max)
                if seats.0 != seats.1 { return seats.0 < seats.1 }
                if first.fusion != second.fusion { return first.fusion > second.fusion }
                return first.document.path < second.document.path
            }
        var texts: Set<String> = []
        return sorted.filter { texts.insert($0.digest).inserted }
    }

    /// The folders that the question names take turns; other folders come after them.
    private func takingTurns(_ ranked: [Candidate]) -> [Candidate] {
        guard !names.isEmpty else { return ranked }
        let groups = Dictionary(grouping: ranked) { NamedFolders.folder(of: $0.document.path) }
        let queues = names.folders.map { groups[$0] ?? [] }
        var result: [Candidate] = []
        for turn in 0..<(queues.map(\.count).max() ?? 0) {
            for queue in queues where turn < queue.count { result.append(queue[turn]) }
        }
        return result
            + ranked.filter { !names.folders.contains(NamedFolders.folder(of: $0.document.path)) }
    }
}
