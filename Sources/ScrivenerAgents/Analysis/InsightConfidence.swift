// How sure an insight is, as one number that can be explained. It is the geometric mean of two
// shares:
//
//   relevance  the share of the question, each term weighted with how much it says, that a sentence
//              of the evidence contains on average, with its headings and title;
//   support    the probability that at least one of its sources bears on the question, when each
//              does so with its own confidence and independently: 1 − Π(1 − confidence), the
//              noisy-or (Pearl, "Probabilistic Reasoning in Intelligent Systems", 1988). It
//              grows with every further source.
//
// The geometric mean is near 0 as soon as one of them is. There is no constant in it.

import Foundation

enum InsightConfidence {
    /// - Parameters:
    ///   - relevance: 0…1.
    ///   - sources: the confidence of each distinct source.
    static func score(relevance: Double, sources: [Double]) -> Double {
        let doubt = sources.reduce(1) { $0 * (1 - min(1, max(0, $1))) }
        let score = sqrt(min(1, max(0, relevance)) * (1 - doubt))
        // Three places: more would pretend, and keeps the bytes the same on every machine.
        return (score * 1000).rounded() / 1000
    }
}
