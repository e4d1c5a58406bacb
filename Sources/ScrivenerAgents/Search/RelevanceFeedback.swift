// A question seldom has the words of its answer: "survive a crash" is answered by pages on logs,
// commits and recovery. The passages that match the question best have these words, and so the
// query is expanded from them before documents are ranked: pseudo-relevance feedback by the third
// relevance model (RM3: Lavrenko, Croft: "Relevance-based language models", SIGIR 2001; Abdul-
// Jaleel et al.: "UMass at TREC 2004: Novelty and HARD").
//
//     P(term | feedback) ∝ Σ over passages  score · count / (length + 8)
//     weight(term) = ½ · its share of the query + ½ · P(term | feedback)
//
// Deviations: passages are scored by `PassageRanking` rather than by query likelihood, and the
// expanded query is ranked by it too, so that inverse frequencies damp the common words of the
// feedback. No document gives more than three of the passages, and a term must come from at least
// two documents, so that one long page does not decide what the question is about.

import GRDB
import ScrivenerModel

/// Expands queries.
enum RelevanceFeedback {
    /// Passages that are taken for relevant.
    static let maximumPassages = 40
    static let maximumTerms = 20
    static let minimumDocuments = 2
    /// λ: what the query keeps.
    static let queryShare = 0.5

    /// The terms of the query and of its feedback, each once. Weights sum up to 1.
    static func expanded(
        _ terms: [RankedTerm], scope: String?, in index: IndexReader
    ) throws -> [RankedTerm] {
        let passages = try PassageRanking(database: index.database, terms: terms, scope: scope)
            .passages(limit: maximumPassages)
        let feedback = try model(passages, in: index)
        guard !feedback.isEmpty else { return terms }
        var result = terms
        for position in result.indices { result[position].weight *= queryShare / total(terms) }
        let feedbackTotal = total(feedback)
        for term in feedback {
            let weight = (1 - queryShare) * term.weight / feedbackTotal
            if let position = result.firstIndex(where: { $0.source == term.source }) {
                result[position].weight += weight
            } else {
                var term = term
                term.weight = weight
                result.append(term)
            }
        }
        return result
    }

    private static func total(_ terms: [RankedTerm]) -> Double {
        max(terms.reduce(0) { $0 + $1.weight }, .leastNormalMagnitude)
    }

    /// The likeliest terms of the passages.
    private static func model(
        _ passages: [RankedPassage], in index: IndexReader
    ) throws -> [RankedTerm] {
        let list = passages.map { JSONValue.array([.integer($0.id), .number($0.score)]) }
        let rows = try Row.fetchAll(
            index.database,
            sql: """
                WITH feedback(passage, score) AS (
                    SELECT value ->> 0, value ->> 1 FROM json_each(:feedback)
                )
                SELECT terms.id, terms.documents,
                    sum(feedback.score * i.count / (passages.length + :added)) AS weight
                FROM feedback
                CROSS JOIN passages ON passages.id = feedback.passage
                CROSS JOIN passage_impacts AS i ON i.passage = feedback.passage
                CROSS JOIN terms ON terms.id = i.term
                WHERE i.count > 0 AND terms.is_content
                GROUP BY terms.id HAVING count(DISTINCT i.document) >= :documents
                ORDER BY weight DESC, terms.term LIMIT :limit
                """,
            arguments: [
                "feedback": RawJSON(.array(list)).text, "added": ImpactIndex.addedLength,
                "documents": minimumDocuments, "limit": maximumTerms,
            ])
        return rows.map { row in
            RankedTerm(
                source: .stem(row[0]), weight: row[2],
                importance: index.importance(documentsWithTerm: row[1]))
        }
    }
}
