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
//     confidence of the hit · relevance of its search · answerability · relation of its folder
//
// relevance:     min(1, 4 · share) · precision. With the weights of terms (`IndexReader.weight`),
//                share is how much of the question the search takes up, and precision how much of
//                the search comes from the question: a search for one common word of a question,
//                or for words that it does not have, answers little of it.
// answerability: min(1, (2 · known)²), where known is the share of the question's terms, by weight,
//                that the corpus holds at all: a question whose subject it has never seen is not
//                answered by pages that match its remaining words.
// folder:        one third where the question names a top folder of the corpus, and the document
//                neither lies in one that it names nor mentions its name.
//
// Below `minimumConfidence` a document is dropped, so that a question that the corpus cannot answer
// gets few documents or none. The limit was set by the questions in `SourceSelectionTests`.

import ScrivenerModel

/// Selects documents for a question.
struct SourceSelector {
    /// The constant of reciprocal rank fusion.
    static let fusionConstant = 60.0
    static let minimumConfidence = 0.4
    static let otherFolderFactor = 1.0 / 3.0
    /// Searches that are looked at.
    static let maximumSearches = 64

    private let question: QueryTerms
    /// In the order in which the question names them.
    private let namedFolders: [String]
    private var candidates: [String: Candidate] = [:]
    private var answerability = 1.0
    private var questionWeight = 0.0
    /// Documents that mention a named folder.
    private var mentions: Set<String> = []

    private struct Candidate {
        var document: SelectedDocument
        var digest: String
        var fusion = 0.0
        /// The first search whose best document it is.
        var seat: Int?
    }

    /// - Parameter folders: the top folders of the corpus.
    init(question: String, folders: [String]) {
        self.question = QueryTerms(question)
        let words = question.lowercased().split { !($0.isLetter || $0.isNumber) }
        let named = folders.compactMap { folder in
            words.firstIndex { Self.names($0, folder.lowercased()) }.map { ($0, folder) }
        }
        namedFolders = named.sorted { $0 < $1 }.map(\.1)
    }

    /// Whether a word of a question means a folder: `postgres` means `postgresql`.
    private static func names(_ word: Substring, _ folder: String) -> Bool {
        word == folder || (word.count >= 4 && folder.hasPrefix(word))
            || (folder.count >= 4 && word.hasPrefix(folder))
    }

    /// The documents to read, at most `limit`.
    ///
    /// Hits that the index does not know are ignored: payloads are not trusted to name documents.
    mutating func select(
        _ searches: [SearchResults], limit: Int, in index: IndexReader
    ) throws -> SourceSelection {
        let weight = try index.weight(question.terms)
        questionWeight = weight.total
        let known = weight.total > 0 ? weight.known / weight.total : 0
        answerability = min(1, 4 * known * known)
        for folder in namedFolders { mentions.formUnion(try index.paths(with: folder)) }
        for (position, search) in searches.prefix(Self.maximumSearches).enumerated() {
            try add(search, position, in: index)
        }
        let chosen = takingTurns(ranked()).prefix(limit)
        return SourceSelection(documents: chosen.map(\.document))
    }

    private mutating func add(
        _ search: SearchResults, _ position: Int, in index: IndexReader
    ) throws {
        let relevance = try relevance(of: QueryTerms(search.query), in: index)
        var isSeatFree = true
        var seen: Set<String> = []
        for (rank, hit) in search.hits.prefix(CorpusSearch.maximumHits).enumerated() {
            guard seen.insert(hit.path).inserted,
                let document = try index.document(atPath: hit.path)
            else { continue }
            let confidence = confidence(of: hit) * relevance
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

    private func relevance(of search: QueryTerms, in index: IndexReader) throws -> Double {
        let all = try index.weight(search.terms).total
        let shared = try index.weight(search.terms.filter(question.terms.contains)).total
        guard all > 0, questionWeight > 0 else { return 0 }
        return min(1, 4 * shared / questionWeight) * shared / all
    }

    private func confidence(of hit: SearchHit) -> Double {
        let given = hit.confidence.isFinite ? min(1, max(0, hit.confidence)) : 0
        let isRelated =
            namedFolders.isEmpty || namedFolders.contains(Self.folder(hit.path))
            || mentions.contains(hit.path)
        return given * answerability * (isRelated ? 1 : Self.otherFolderFactor)
    }

    private static func folder(_ path: String) -> String {
        path.contains("/") ? String(path.prefix { $0 != "/" }) : ""
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
        guard !namedFolders.isEmpty else { return ranked }
        let groups = Dictionary(grouping: ranked) { Self.folder($0.document.path) }
        let queues = namedFolders.map { groups[$0] ?? [] }
        var result: [Candidate] = []
        for turn in 0..<(queues.map(\.count).max() ?? 0) {
            for queue in queues where turn < queue.count { result.append(queue[turn]) }
        }
        return result + ranked.filter { !namedFolders.contains(Self.folder($0.document.path)) }
    }
}
