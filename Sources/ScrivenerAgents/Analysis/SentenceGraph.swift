// Which sentences matter: those that fit the question, and those that many such sentences resemble.
// That is a random walk over the graph of similar sentences which returns to sentences in
// proportion to their relevance: biased LexRank (Otterbacher, Erkan & Radev, "Biased LexRank:
// Passage Retrieval Using Random Walks with Question-Based Priors", Information Processing &
// Management 45(1), 2009), the question-focused form of LexRank (Erkan & Radev, JAIR 22, 2004) and
// TextRank (Mihalcea & Tarau, EMNLP 2004). Only a bounded number of candidates come here, because
// all pairs are compared.

/// The similarities and ranks of the candidate sentences.
struct SentenceGraph {
    let count: Int
    /// Row by row; symmetric.
    private var similarities: [Double]
    /// 0…1, the best being 1.
    private(set) var ranks: [Double] = []

    /// Similarity from which two sentences are neighbours (Erkan & Radev's best threshold).
    static let neighbourSimilarity = 0.1
    /// How often the walk returns to the question's own sentences rather than go to a neighbour.
    /// High, because an answer should answer: similarity only orders what is relevant.
    private static let questionBias = 0.7
    private static let iterationLimit = 50
    private static let tolerance = 1e-6

    /// - Parameter relevance: by sentence, not negative.
    /// - Throws: `CancellationError`.
    init(_ vectors: [SentenceVector], relevance: [Double]) throws {
        count = vectors.count
        similarities = [Double](repeating: 0, count: count * count)
        try compare(vectors)
        try walk(relevance)
    }

    func similarity(_ left: Int, _ right: Int) -> Double { similarities[left * count + right] }

    /// Cosines, through an inverted index: only pairs that share a term cost anything.
    private mutating func compare(_ vectors: [SentenceVector]) throws {
        var postings: [Lexicon.Term: [(sentence: Int, weight: Double)]] = [:]
        for (index, vector) in vectors.enumerated() {
            if index % 32 == 0 { try Task.checkCancellation() }
            for (term, weight) in vector.components {
                for (other, otherWeight) in postings[term] ?? [] {
                    similarities[index * count + other] += weight * otherWeight
                }
                postings[term, default: []].append((index, weight))
            }
            for other in 0..<index {
                let value = min(1, similarities[index * count + other])
                similarities[index * count + other] = value
                similarities[other * count + index] = value
            }
        }
    }

    private mutating func walk(_ relevance: [Double]) throws {
        let total = relevance.reduce(0, +)
        guard count > 0, total > 0 else {
            ranks = [Double](repeating: 0, count: count)
            return
        }
        let bias = relevance.map { $0 / total }
        var neighbours: [[(sentence: Int, weight: Double)]] = []
        for row in 0..<count {
            let near = (0..<count).filter {
                $0 != row && similarity(row, $0) >= Self.neighbourSimilarity
            }
            let sum = near.reduce(0) { $0 + similarity(row, $1) }
            neighbours.append(near.map { ($0, similarity(row, $0) / sum) })
        }
        var current = bias
        for _ in 0..<Self.iterationLimit {
            try Task.checkCancellation()
            var next = bias.map { $0 * Self.questionBias }
            for (row, near) in neighbours.enumerated() {
                let mass = current[row] * (1 - Self.questionBias)
                if near.isEmpty { next[row] += mass }
                for (sentence, weight) in near { next[sentence] += mass * weight }
            }
            let change = zip(current, next).reduce(0) { $0 + abs($1.0 - $1.1) }
            current = next
            if change < Self.tolerance { break }
        }
        let best = current.max() ?? 1
        ranks = current.map { $0 / best }
    }
}
