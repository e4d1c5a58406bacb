// Whether a corpus has anything to say on a question at all. Its pages always have some of the
// question's words: what counts is how many of them stand together. The best passage and the best
// document are looked at, since a long question is answered by a page rather than by a paragraph of
// it:
//
//     answerability = min(1, max((passage / 0.55)², (document / 0.75)²))
//
// where passage and document are the greatest coverage of the question's terms (`PassageRanking`),
// in which a term that the corpus does not have weighs most. The limits were set by the questions
// of `SourceSelectionTests` and `RelevanceTests`: foreign ones reach 0.30 and 0.42, partly covered
// ones 0.42 and 0.51, others 0.53 and 0.58 at least.

/// Whether an index can answer a query.
enum Answerability {
    static let sufficientPassage = 0.55
    static let sufficientDocument = 0.75

    /// 0…1.
    static func of(_ query: QueryTerms, scope: String?, in index: IndexReader) throws -> Double {
        let ranking = PassageRanking(
            database: index.database, terms: try index.ranked(query.terms), scope: scope)
        let best = try ranking.bestCoverage()
        let passage = best.passage / sufficientPassage
        let document = best.document / sufficientDocument
        return min(1, max(passage * passage, document * document))
    }
}
