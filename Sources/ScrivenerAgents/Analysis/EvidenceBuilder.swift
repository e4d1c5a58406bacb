// Sentences become evidence: verbatim text with the document and the heading that it stands under,
// and evidence becomes insights.

import ScrivenerModel

struct EvidenceBuilder {
    let corpus: SentenceCorpus
    let weights: TermWeights
    let question: ResearchQuestion
    let subjects: Subjects
    let candidates: [Sentence]
    let graph: SentenceGraph

    func evidence(_ index: Int) -> Evidence {
        let sentence = candidates[index]
        let document = corpus.documents[sentence.document]
        return Evidence(
            quote: String(sentence.text), source: document.path,
            section: document.passages[sentence.passage].headings.last {
                $0 != document.title && !Self.boxes.contains($0.lowercased())
            })
    }

    /// Headings of boxes inside a section, which say nothing about where it is.
    private static let boxes: Set<String> = ["note", "tip", "caution", "warning", "important"]

    func pair(_ pair: SourceComparison.Pair) -> SourcePair {
        SourcePair(
            first: evidence(pair.first), second: evidence(pair.second),
            similarity: (pair.similarity * 1000).rounded() / 1000, cue: pair.cue,
            detail: pair.detail)
    }

    func subjectsWithSources() -> [Subject] {
        subjects.names.enumerated().map { index, name in
            Subject(
                name: name,
                sources: corpus.documents.indices.filter { subjects.ofDocument[$0] == index }
                    .map { corpus.documents[$0].path })
        }
    }

    /// The sentences that answer most directly, as many on each of the things compared.
    func keySentences(limit: Int) throws -> [Int] {
        let selector = EvidenceSelector(candidates: candidates, graph: graph)
        guard !subjects.names.isEmpty else {
            return try selector.choose(
                from: [Array(candidates.indices)], groupLimit: limit, limit: limit)
        }
        let groups = subjects.names.indices.map { subject in
            candidates.indices.filter { subjects.ofDocument[candidates[$0].document] == subject }
        }
        let chosen = try selector.choose(
            from: groups, groupLimit: max(1, limit / groups.count), limit: max(limit, groups.count))
        return groups.flatMap { group in chosen.filter(group.contains) }
    }

    /// One insight a topic that has evidence. A topic with a single sentence is left out where
    /// there are enough others.
    func insights(
        _ topics: [Topic], keySentences: [Int], quotesPerTopic: Int, quoteLimit: Int,
        keyTerms: [KeyTerm]
    ) throws -> [Insight] {
        let selector = EvidenceSelector(candidates: candidates, graph: graph)
        let chosen = try selector.choose(
            from: topics.map { $0.sentences.filter { !keySentences.contains($0) } },
            groupLimit: quotesPerTopic, limit: quoteLimit, taken: keySentences)
        let supported = topics.compactMap { topic -> (topic: Topic, quoted: [Int])? in
            let members = Set(topic.sentences)
            let quoted = (keySentences + chosen).filter(members.contains)
            return quoted.isEmpty ? nil : (topic, quoted)
        }
        let broad = supported.filter { $0.quoted.count > 1 }
        return (broad.count >= TopicFinder.topicsWanted ? broad : supported)
            .map { insight($0.topic, $0.quoted, keyTerms) }
    }

    private func insight(_ topic: Topic, _ quoted: [Int], _ keyTerms: [KeyTerm]) -> Insight {
        let ordered = quoted.sorted {
            (graph.ranks[$1], $0) < (graph.ranks[$0], $1)
        }
        let documents = ordered.map { candidates[$0].document }
        let others = topic.sentences.map { candidates[$0].document }
        var seen: Set<Int> = []
        let related = (documents + others).filter { seen.insert($0).inserted }
        let quotedDocuments = Set(documents).sorted()
        let evidence = ordered.map(self.evidence)
        return Insight(
            topic: topic.name, summary: evidence.first?.quote ?? "",
            supportingEvidence: evidence,
            confidenceScore: InsightConfidence.score(
                relevance: relevance(of: ordered),
                sources: quotedDocuments.map { corpus.documents[$0].confidence }),
            relatedSources: related.map { corpus.documents[$0].path },
            tags: tags(topic, keyTerms))
    }

    /// The weighted share of the question that a sentence contains, with its headings and title:
    /// the mean over some sentences.
    private func relevance(of sentences: [Int]) -> Double {
        let all = question.words.reduce(0) { $0 + weights[$1.term] }
        guard all > 0, !sentences.isEmpty else { return 0 }
        var sum = 0.0
        for index in sentences {
            let terms = candidates[index].terms + corpus.contexts[candidates[index].context]
            for word in question.words where terms.contains(word.term) {
                sum += weights[word.term] / all
            }
        }
        return sum / Double(sentences.count)
    }

    /// Key terms that stand in the topic's sentences, at most five.
    private func tags(_ topic: Topic, _ keyTerms: [KeyTerm]) -> [String] {
        let texts = topic.sentences.map { candidates[$0].text.lowercased() }
        return keyTerms.map(\.term).filter { term in
            let lower = term.lowercased()
            return texts.contains { $0.contains(lower) }
        }.prefix(5).map { $0 }
    }
}
