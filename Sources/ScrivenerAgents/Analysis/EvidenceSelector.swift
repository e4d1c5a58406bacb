// Which sentences a report quotes. The best ones alone would repeat each other and come from two
// documents. A sentence is taken for what it adds: maximal marginal relevance (Carbonell &
// Goldstein, SIGIR 1998) against repetition, with the relevance itself discounted by what its
// document has given already: the square root reward of Lin & Bilmes ("A Class of Submodular
// Functions for Document Summarization", ACL 2011), which spreads the choice over documents.

import Foundation

struct EvidenceSelector {
    let candidates: [Sentence]
    let graph: SentenceGraph

    /// Carbonell & Goldstein's λ.
    private static let relevanceShare = 0.7
    /// Sentences that are more alike than this say the same: the second one is never taken.
    static let repetitionSimilarity = 0.6
    /// A sentence that does not come to a third of the best one's rank is not quoted at all.
    private static let rankFloor = 1.0 / 3

    /// Chooses sentences, in the order of choice.
    ///
    /// - Parameters:
    ///   - groups: disjoint sets of candidates; from each at most `groupLimit` are taken.
    ///   - limit: how many to take at most.
    ///   - taken: chosen before; they count as repetition and against their documents.
    /// - Throws: `CancellationError`.
    func choose(
        from groups: [[Int]], groupLimit: Int, limit: Int, taken: [Int] = []
    ) throws -> [Int] {
        var given: [Int: Double] = [:]
        for index in taken { given[candidates[index].document, default: 0] += graph.ranks[index] }
        var room = groups.map { _ in groupLimit }
        var open = groups.map { $0.filter { graph.ranks[$0] >= Self.rankFloor } }
        var chosen: [Int] = []
        while chosen.count < limit {
            try Task.checkCancellation()
            var best: (score: Double, index: Int, group: Int)?
            for group in open.indices where room[group] > 0 {
                for index in open[group] {
                    let score = gain(index, given) - penalty(index, taken + chosen)
                    if score > (best?.score ?? -.infinity) { best = (score, index, group) }
                }
            }
            guard let best else { break }
            given[candidates[best.index].document, default: 0] += graph.ranks[best.index]
            chosen.append(best.index)
            room[best.group] -= 1
            open = open.map { $0.filter { $0 != best.index && !repeats($0, best.index) } }
        }
        return chosen
    }

    private func gain(_ index: Int, _ given: [Int: Double]) -> Double {
        let before = given[candidates[index].document] ?? 0
        return Self.relevanceShare * (sqrt(before + graph.ranks[index]) - sqrt(before))
    }

    private func penalty(_ index: Int, _ chosen: [Int]) -> Double {
        (1 - Self.relevanceShare) * (chosen.map { graph.similarity(index, $0) }.max() ?? 0)
    }

    private func repeats(_ left: Int, _ right: Int) -> Bool {
        graph.similarity(left, right) > Self.repetitionSimilarity
    }
}
