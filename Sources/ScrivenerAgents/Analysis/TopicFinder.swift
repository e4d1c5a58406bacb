// The relevant sentences, sorted under a handful of headings that a person would understand. Names
// come first and sentences second, as in Lingo ("description comes first": Osiński, Stefanowski &
// Weiss, "Lingo: Search Results Clustering Algorithm Based on Singular Value Decomposition", 2004)
// and Suffix Tree Clustering (Zamir & Etzioni, SIGIR 1998): a topic is a phrase that many relevant
// sentences share. Where those two use a matrix decomposition and a merging step, we choose phrases
// greedily, each for what it adds to those before it (the greedy algorithm for maximum coverage:
// Nemhauser, Wolsey & Fisher 1978), which needs no tuning and never gives two names to one thing.

/// A phrase and the sentences under it.
struct Topic {
    var name: String
    var terms: [Lexicon.Term]
    /// Indices of candidate sentences, ascending.
    var sentences: [Int]
}

struct TopicFinder {
    let phrases: [Phrase]
    let candidates: [Sentence]
    let graph: SentenceGraph
    let finder: PhraseFinder

    static let topicLimit = 7
    /// Fewer topics than this, and the demands on a topic are lowered, one after the other.
    static let topicsWanted = 3

    /// What a phrase must have to name a topic.
    private struct Demand {
        var words: Int
        var sentences: Int
        var documents: Int
    }

    private static let demands = [
        Demand(words: 2, sentences: 3, documents: 2),
        Demand(words: 1, sentences: 3, documents: 2),
        Demand(words: 2, sentences: 2, documents: 1),
        Demand(words: 1, sentences: 1, documents: 1),
    ]

    /// The topics, the one with most to say first.
    ///
    /// - Throws: `CancellationError`.
    func topics() throws -> [Topic] {
        var chosen: [Topic] = []
        for demand in Self.demands where chosen.count < Self.topicsWanted {
            try choose(demand, &chosen)
        }
        assignTheRest(&chosen)
        return chosen
    }

    private func choose(_ demand: Demand, _ chosen: inout [Topic]) throws {
        var open = [Bool](repeating: true, count: candidates.count)
        for sentence in chosen.flatMap(\.sentences) { open[sentence] = false }
        while chosen.count < Self.topicLimit {
            try Task.checkCancellation()
            var best: (score: Double, phrase: Phrase, sentences: [Int])?
            for phrase in phrases where phrase.terms.count >= demand.words {
                let added = phrase.sentences.filter { open[$0] }
                guard added.count >= demand.sentences, !overlaps(phrase, chosen),
                    Set(added.map { candidates[$0].document }).count >= demand.documents
                else { continue }
                let score = finder.score(phrase, added)
                if score > (best?.score ?? 0) { best = (score, phrase, added) }
            }
            guard let best else { break }
            for sentence in best.sentences { open[sentence] = false }
            chosen.append(
                Topic(
                    name: Self.capitalised(best.phrase.name), terms: best.phrase.terms,
                    sentences: best.sentences))
        }
    }

    /// Whether a phrase only varies the name of a topic that is there already.
    private func overlaps(_ phrase: Phrase, _ chosen: [Topic]) -> Bool {
        let terms = Set(phrase.terms)
        return chosen.contains { topic in
            let shared = terms.intersection(topic.terms).count
            return shared * 2 >= min(terms.count, topic.terms.count)
        }
    }

    /// A sentence without any of the names goes where it is most similar on average, if it is
    /// clearly similar to something there.
    private func assignTheRest(_ topics: inout [Topic]) {
        let assigned = Set(topics.flatMap(\.sentences))
        let cores = topics.map(\.sentences)
        for sentence in candidates.indices where !assigned.contains(sentence) {
            var best: (similarity: Double, topic: Int)?
            for (topic, core) in cores.enumerated() {
                let sum = core.reduce(0) { $0 + graph.similarity(sentence, $1) }
                let mean = sum / Double(core.count)
                if mean > (best?.similarity ?? 0) { best = (mean, topic) }
            }
            guard let best,
                cores[best.topic].contains(where: {
                    graph.similarity(sentence, $0) >= 2 * SentenceGraph.neighbourSimilarity
                })
            else { continue }
            topics[best.topic].sentences.append(sentence)
        }
        for index in topics.indices { topics[index].sentences.sort() }
    }

    private static func capitalised(_ name: String) -> String {
        name.prefix(1).uppercased() + name.dropFirst()
    }
}
