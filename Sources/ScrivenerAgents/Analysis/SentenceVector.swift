// A sentence as a vector of TF–IDF weights of length 1, the form in which sentences are compared
// (Salton, Wong & Yang, "A Vector Space Model for Automatic Indexing", CACM 18(11), 1975).

import Foundation

struct SentenceVector {
    /// By term, ascending.
    let components: [(term: Lexicon.Term, weight: Double)]

    init(_ terms: [Lexicon.Term], _ weights: TermWeights) {
        var components: [(term: Lexicon.Term, weight: Double)] = []
        for term in terms.sorted() {
            if let last = components.last, last.term == term {
                components[components.count - 1].weight += weights[term]
            } else {
                components.append((term, weights[term]))
            }
        }
        let length = sqrt(components.reduce(0) { $0 + $1.weight * $1.weight })
        self.components = length > 0 ? components.map { ($0.term, $0.weight / length) } : []
    }
}
