// A question that sets things side by side wants an answer about each. Whether the documents do so,
// too, can be counted: each must be about one of the things and hardly about the others.

/// Which document is about which of the things that a question compares.
struct Subjects {
    /// As the question spells them. Empty when the documents do not divide that way.
    private(set) var names: [String] = []
    /// By document: index into `names`, or `nil` for a document about several or none.
    private(set) var ofDocument: [Int?]

    init(_ question: ResearchQuestion, _ corpus: SentenceCorpus, _ coverage: QuestionCoverage) {
        ofDocument = corpus.documents.map { _ in nil }
        var sizes = [Int](repeating: 0, count: corpus.documents.count)
        for sentence in corpus.sentences { sizes[sentence.document] += 1 }
        for run in question.coordinations {
            let words = run.compactMap { member in
                question.words.firstIndex { $0.term == member.term }
            }
            guard Set(words).count == words.count, words.count > 1 else { continue }
            let assigned = corpus.documents.indices.map { document in
                Self.dominant(words, document, coverage, sentences: sizes[document])
            }
            let found = Set(assigned.compactMap { $0 })
            let divided = assigned.filter { $0 != nil }.count
            if found.count == words.count, divided * 2 > assigned.count {
                names = words.map { question.words[$0].surface }
                ofDocument = assigned
                return
            }
        }
    }

    func name(ofDocument document: Int) -> String? { ofDocument[document].map { names[$0] } }

    /// The word that a document has more than twice as often as any other of them. A word of the
    /// title or path counts as standing in every tenth sentence.
    private static func dominant(
        _ words: [Int], _ document: Int, _ coverage: QuestionCoverage, sentences: Int
    ) -> Int? {
        let strengths = words.map { word in
            Double(coverage.counts[document][word])
                + (coverage.isTitled[document][word] ? Double(sentences) / 10 : 0)
        }
        guard let best = strengths.max(), best > 0,
            let index = strengths.firstIndex(of: best)
        else { return nil }
        let others = strengths.enumerated().filter { $0.offset != index }.map(\.element)
        return (others.max() ?? 0) * 2 < best ? index : nil
    }
}
