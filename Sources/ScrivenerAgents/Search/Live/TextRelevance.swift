// How well texts answer a question when there is no collection to compare them with: what counts is how much of
// the question stands together in one of them, by the weights and limits of `Answerability`, where every term
// is as rare as any other but for `GeneralWords`.

/// Judges texts for one question. Not `Sendable`, as its stemmer: made where it is used.
struct TextRelevance {
    private let weights: [String: Double]
    private let total: Double
    private let stemmer: Stemmer

    /// - Throws: `AgentFailure` (`stemmer_unavailable`).
    init(_ question: String) throws {
        let stemmer = try Stemmer()
        var weights: [String: Double] = [:]
        for term in QueryTerms(question).terms {
            let weight = GeneralWords.contains(term) ? GeneralWords.weight : 1
            for word in term.split(separator: " ") {
                let stem = stemmer.stem(String(word))
                weights[stem] = max(weights[stem] ?? 0, weight)
            }
        }
        self.weights = weights
        self.stemmer = stemmer
        // In any order of the terms the sum is the same: the weights are halves.
        total = weights.values.reduce(0, +)
    }

    /// 0…1: how well texts of one document answer the question. Without a question with content it is 0.
    func answerability(of passages: some Sequence<String>) -> Double {
        guard total > 0 else { return 0 }
        var best = 0.0
        var found: Set<String> = []
        for passage in passages {
            let stems = stems(in: passage)
            best = max(best, coverage(stems))
            found.formUnion(stems)
        }
        let passage = best / Answerability.sufficientPassage
        let document = coverage(found) / Answerability.sufficientDocument
        return CorpusSearch.rounded(min(1, max(passage * passage, document * document)))
    }

    private func coverage(_ stems: Set<String>) -> Double {
        stems.reduce(0) { $0 + (weights[$1] ?? 0) } / total
    }

    /// Those of the question.
    private func stems(in text: String) -> Set<String> {
        var stems: Set<String> = []
        for word in Tokenizer.words(in: text.lowercased()) {
            let stem = stemmer.stem(String(word))
            if weights[stem] != nil { stems.insert(stem) }
        }
        return stems
    }
}
