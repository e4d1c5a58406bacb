// From documents to what they say about a question: the stages of the analysis in their order. Each
// stage is a type of its own; this file only hands their results on and turns sentences into
// evidence.
//
//   documents → sentences → is there an answer at all? → candidates (a bounded number of relevant,
//   quotable sentences) → ranks → phrases → topics → evidence → insights; pairs that agree or not

import ScrivenerModel

struct Analyzer {
    let questionText: String
    let extractions: Extractions
    /// Told how far the analysis has come, 0…1, and what it does.
    var progress: (Double, String) -> Void = { _, _ in }

    /// Sentences that are compared with each other: all pairs of them.
    static let candidateLimit = 240
    /// A sentence with fewer terms says too little to be compared.
    private static let fewestTerms = 4
    static let keyTermLimit = 15
    static let quotesPerTopic = 6
    static let quoteLimit = 28
    static let keySentenceLimit = 4

    /// - Throws: `CancellationError`; `AgentFailure` when there is no stemmer.
    func analyse() throws -> Analysis {
        let lexicon = try Lexicon()
        let question = ResearchQuestion(questionText, lexicon: lexicon)
        let corpus = try SentenceCorpus(extractions.documents, lexicon: lexicon) {
            progress($0 * 0.4, "reading")
        }
        let weights = TermWeights(corpus)
        let coverage = QuestionCoverage(question, corpus, weights)
        var analysis = emptyAnalysis(question, corpus, coverage)
        guard coverage.isAnswerable else { return analysis }

        let relevant = try candidates(question, corpus, weights)
        analysis.reading.candidates = relevant.count
        progress(0.6, "comparing \(relevant.count) sentences")
        let sentences = relevant.map { corpus.sentences[$0.index] }
        let vectors = sentences.map { SentenceVector($0.terms, weights) }
        let graph = try SentenceGraph(vectors, relevance: relevant.map(\.score))
        let subjects = Subjects(question, corpus, coverage)
        let evidence = EvidenceBuilder(
            corpus: corpus, weights: weights, question: question, subjects: subjects,
            candidates: sentences, graph: graph)

        progress(0.8, "finding topics")
        let finder = PhraseFinder(corpus, candidates: sentences, ranks: graph.ranks)
        let phrases = try finder.phrases(excluding: Set(question.words.map(\.term)))
        let topics = try TopicFinder(
            phrases: phrases, candidates: sentences, graph: graph, finder: finder
        ).topics()
        analysis.keyTerms = Self.keyTerms(phrases, sentences)
        analysis.subjects = evidence.subjectsWithSources()
        let key = try evidence.keySentences(limit: Self.keySentenceLimit)
        analysis.keySentences = key.map(evidence.evidence)
        analysis.insights = try evidence.insights(
            topics, keySentences: key, quotesPerTopic: Self.quotesPerTopic,
            quoteLimit: Self.quoteLimit, keyTerms: analysis.keyTerms)
        analysis.answered = !analysis.insights.isEmpty

        progress(0.9, "comparing sources")
        let pairs = try SourceComparison(
            candidates: sentences, graph: graph,
            subjects: sentences.map { subjects.ofDocument[$0.document] }
        ).pairs()
        analysis.agreements = pairs.agreements.map(evidence.pair)
        analysis.contradictions = pairs.contradictions.map(evidence.pair)
        return analysis
    }

    private func emptyAnalysis(
        _ question: ResearchQuestion, _ corpus: SentenceCorpus, _ coverage: QuestionCoverage
    ) -> Analysis {
        Analysis(
            question: questionText, questionTerms: question.words.map(\.surface),
            uncoveredTerms: coverage.uncovered.map(\.surface),
            coverage: (coverage.best * 1000).rounded() / 1000, answered: false, subjects: [],
            sources: extractions.documents.map(Source.init), keyTerms: [], keySentences: [],
            insights: [], agreements: [], contradictions: [],
            reading: Reading(
                documents: corpus.documents.count, missingDocuments: extractions.missing,
                passages: corpus.passageCount, sentences: corpus.sentences.count, candidates: 0))
    }

    /// The sentences that fit the question best and can be quoted, in document order. No document
    /// gives more than twice its share.
    private func candidates(
        _ question: ResearchQuestion, _ corpus: SentenceCorpus, _ weights: TermWeights
    ) throws -> [(index: Int, score: Double)] {
        progress(0.5, "ranking \(corpus.sentences.count) sentences")
        let model = try RelevanceModel(question, corpus, weights)
            .extended(by: corpus) { $0.terms.count >= Self.fewestTerms }
        var scored: [(index: Int, score: Double)] = []
        for (index, sentence) in corpus.sentences.enumerated() {
            if index % 512 == 0 { try Task.checkCancellation() }
            guard sentence.terms.count >= Self.fewestTerms else { continue }
            let score = model.score(sentence, corpus)
            if score > 0 { scored.append((index, score)) }
        }
        scored.sort { ($1.score, $0.index) < ($0.score, $1.index) }
        let share = 2 * max(1, Self.candidateLimit / max(1, corpus.documents.count))
        var taken = [Int](repeating: 0, count: corpus.documents.count)
        var texts: Set<Substring> = []
        var chosen: [(index: Int, score: Double)] = []
        for candidate in scored where chosen.count < Self.candidateLimit {
            let sentence = corpus.sentences[candidate.index]
            guard taken[sentence.document] < share, texts.insert(sentence.text).inserted,
                Quotability.accepts(sentence.text)
            else { continue }
            if chosen.count % 32 == 0 { try Task.checkCancellation() }
            taken[sentence.document] += 1
            chosen.append(candidate)
        }
        return chosen.sorted { $0.index < $1.index }
    }

    private static func keyTerms(_ phrases: [Phrase], _ sentences: [Sentence]) -> [KeyTerm] {
        var chosen: [Phrase] = []
        for phrase in phrases where chosen.count < keyTermLimit {
            let terms = Set(phrase.terms)
            let isPart = chosen.contains { known in
                terms.isSubset(of: known.terms) || terms.isSuperset(of: known.terms)
            }
            if !isPart { chosen.append(phrase) }
        }
        return chosen.map { phrase in
            KeyTerm(
                term: phrase.name, score: (phrase.score * 1000).rounded() / 1000,
                documents: Set(phrase.sentences.map { sentences[$0].document }).count)
        }
    }
}

extension Source {
    /// What is known about a document, without its text.
    init(_ document: ExtractedDocument) {
        self.init(
            locator: document.path, title: document.title, kind: document.kind,
            confidence: document.confidence, authors: document.authors,
            published: document.published)
    }
}
