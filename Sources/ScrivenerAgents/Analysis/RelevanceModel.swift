// How well a sentence fits the question. BM25 over two fields, the sentence and its context (BM25F:
// Robertson, Zaragoza & Taylor, "Simple BM25 Extension to Multiple Weighted Fields", CIKM 2004),
// and then once more with the question extended by what its best sentences have in common: a
// question about crashes is answered by sentences about journals and checkpoints that never say
// "crash". The extension is Rocchio's relevance feedback with the usual weights (Rocchio 1971;
// Salton & Buckley, "Improving Retrieval Performance by Relevance Feedback", JASIS 41(4), 1990),
// taken blindly from the first sentences of each document, so that no document alone decides what
// the question means.

import Foundation

/// Scores sentences for a question.
struct RelevanceModel {
    /// By term. Zero for most.
    private var question: [Double]
    private let weights: TermWeights
    private let averageLength: Double

    /// BM25's saturation and length normalisation, at their customary values.
    private static let saturation = 1.2
    private static let normalisation = 0.75
    /// A term of the title or the headings counts half a term of the sentence.
    private static let contextWeight = 0.5
    /// Rocchio's weight of the feedback beside the question's 1.
    private static let feedbackWeight = 0.75
    private static let feedbackSentencesPerDocument = 3
    private static let feedbackTerms = 20

    init(_ question: ResearchQuestion, _ corpus: SentenceCorpus, _ weights: TermWeights) {
        self.weights = weights
        let total = corpus.sentences.reduce(0) { $0 + $1.terms.count }
        averageLength = max(1, Double(total) / Double(max(1, corpus.sentences.count)))
        self.question = [Double](repeating: 0, count: corpus.lexicon.count)
        for word in question.words { self.question[Int(word.term)] = 1 }
    }

    /// The score of a sentence; 0 when it shares nothing with the question.
    func score(_ sentence: Sentence, _ corpus: SentenceCorpus) -> Double {
        var frequency: [Lexicon.Term: Double] = [:]
        for term in sentence.terms where question[Int(term)] > 0 {
            frequency[term, default: 0] += 1
        }
        let length = Double(sentence.terms.count) / averageLength
        let norm = 1 - Self.normalisation + Self.normalisation * length
        for term in frequency.keys { frequency[term, default: 0] /= norm }
        for term in corpus.contexts[sentence.context] where question[Int(term)] > 0 {
            frequency[term, default: 0] += Self.contextWeight
        }
        // Sorted, because floating-point sums depend on their order.
        var score = 0.0
        for (term, count) in frequency.sorted(by: { $0.key < $1.key }) {
            score +=
                question[Int(term)] * weights[term] * count / (Self.saturation + count)
        }
        return score
    }

    /// The model for the question extended by its own best sentences.
    ///
    /// - Throws: `CancellationError`.
    func extended(by corpus: SentenceCorpus, accepting: (Sentence) -> Bool) throws
        -> RelevanceModel
    {
        var best = [[(score: Double, index: Int)]](repeating: [], count: corpus.documents.count)
        for (index, sentence) in corpus.sentences.enumerated() {
            if index % 512 == 0 { try Task.checkCancellation() }
            let score = score(sentence, corpus)
            guard score > 0, accepting(sentence) else { continue }
            best[sentence.document].append((score, index))
        }
        let feedback = best.flatMap { scored in
            scored.sorted { ($1.score, $0.index) < ($0.score, $1.index) }
                .prefix(Self.feedbackSentencesPerDocument)
        }
        var sums: [Lexicon.Term: Double] = [:]
        let top = feedback.map(\.score).max() ?? 1
        for (score, index) in feedback {
            let vector = SentenceVector(corpus.sentences[index].terms, weights)
            for (term, weight) in vector.components where corpus.lexicon.isWord(term) {
                sums[term, default: 0] += weight * score / top / Double(feedback.count)
            }
        }
        var extended = self
        let strongest = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .prefix(Self.feedbackTerms)
        let scale = strongest.first?.value ?? 1
        for (term, weight) in strongest {
            extended.question[Int(term)] += Self.feedbackWeight * weight / scale
        }
        return extended
    }
}
