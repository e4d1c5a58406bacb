// How much a term says: its inverse frequency over the sentences that were read, in the form of
// BM25 (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", Foundations
// and Trends in Information Retrieval 3(4), 2009, equation 3.3), which stays positive here by
// adding 1 inside the logarithm.

import Foundation

/// The weight of each term of a corpus.
struct TermWeights {
    private var weights: [Double]
    /// The weight of a term that no sentence contains.
    let unseen: Double

    init(_ corpus: SentenceCorpus) {
        let total = Double(corpus.sentences.count)
        func weight(_ count: Int) -> Double {
            log(1 + (total - Double(count) + 0.5) / (Double(count) + 0.5))
        }
        weights = corpus.sentenceCounts.map(weight)
        unseen = weight(0)
    }

    subscript(_ term: Lexicon.Term) -> Double {
        Int(term) < weights.count ? weights[Int(term)] : unseen
    }
}
