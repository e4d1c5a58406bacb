// What the analysis says about real pages, and what it says when they do not answer.

import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct AnalyzerTests {
    private func analyse(
        _ question: String, _ documents: [ExtractedDocument], missing: Int = 0
    ) throws -> Analysis {
        try Analyzer(
            questionText: question,
            extractions: Extractions(documents: documents, missing: missing)
        ).analyse()
    }

    /// A paraphrase, or a sentence cut in two, presented as a quotation: the one thing that a
    /// research report must never do.
    @Test func everyQuoteIsAWholeSentenceOfItsSource() throws {
        let documents = try CorpusFixture.crashDocuments()
        let analysis = try analyse(CorpusFixture.crashQuestion, documents)
        let evidence =
            analysis.insights.flatMap(\.supportingEvidence) + analysis.keySentences
            + (analysis.agreements + analysis.contradictions).flatMap { [$0.first, $0.second] }
        #expect(evidence.count > 20)
        for item in evidence {
            let document = try #require(documents.first { $0.path == item.source })
            let sentences = document.passages.flatMap { SentenceSplitter.sentences(in: $0.text) }
            #expect(sentences.contains(item.quote[...]))
        }
    }

    /// A report on twelve sources that quotes two of them.
    @Test func evidenceIsSpreadOverDocumentsAndSubjects() throws {
        let analysis = try analyse(
            CorpusFixture.crashQuestion, try CorpusFixture.crashDocuments())
        #expect(analysis.answered)
        #expect((3...7).contains(analysis.insights.count))
        let quoted = Set(analysis.insights.flatMap(\.supportingEvidence).map(\.source))
        #expect(quoted.count >= 8)
        #expect(analysis.subjects.map(\.name) == ["SQLite", "PostgreSQL"])
        #expect(analysis.subjects.map(\.sources.count) == [6, 6])
        let key = Set(analysis.keySentences.map { $0.source.prefix { $0 != "/" } })
        #expect(key == ["sqlite", "postgresql"])
        #expect(analysis.uncoveredTerms.isEmpty)
    }

    /// "Topic 1", or the question's own words as the name of a topic, helps nobody.
    @Test func topicsAndKeyTermsAreWordsOfTheDocuments() throws {
        let documents = try CorpusFixture.crashDocuments()
        let analysis = try analyse(CorpusFixture.crashQuestion, documents)
        let text = documents.flatMap(\.passages).map { $0.text.lowercased() }
            .joined(separator: "\n")
        let names = analysis.insights.map(\.topic)
        #expect(Set(names).count == names.count)
        for name in names + analysis.keyTerms.map(\.term) {
            #expect(text.contains(name.lowercased()))
            #expect(!["crash", "sqlite", "postgresql"].contains(name.lowercased()))
        }
        for insight in analysis.insights {
            #expect((0...1).contains(insight.confidenceScore))
            #expect(!insight.supportingEvidence.isEmpty)
        }
    }

    /// A ranking always has a first place. Documents that say nothing about the question must not
    /// become an answer because something in them came first.
    @Test(arguments: [
        ("How do I bake sourdough bread overnight?", ["bake", "sourdough", "bread", "overnight"]),
        ("How does Kubernetes schedule pods on nodes?", ["Kubernetes", "pods", "nodes"]),
        ("What do database administrators earn in Norway?", ["earn", "Norway"]),
    ])
    func documentsThatDoNotBearOnTheQuestion(_ question: String, _ uncovered: [String]) throws {
        let analysis = try analyse(question, try CorpusFixture.crashDocuments())
        #expect(!analysis.answered)
        #expect(analysis.insights.isEmpty)
        #expect(analysis.keySentences.isEmpty)
        #expect(analysis.uncoveredTerms == uncovered)
        #expect(analysis.coverage < 0.5)
        #expect(analysis.sources.count == 12)
    }

    /// Half of a comparison is in the corpus: that half is an answer, and the other is said to be
    /// missing.
    @Test func oneSideOfAComparison() throws {
        let pages = CorpusFixture.crashPages.filter { $0.hasPrefix("sqlite") }
        let analysis = try analyse(
            "How do SQLite and FoundationDB recover from a crash?",
            try pages.map { try CorpusFixture.document($0) })
        #expect(analysis.answered)
        #expect(analysis.uncoveredTerms == ["FoundationDB"])
        #expect(analysis.subjects.isEmpty)
    }

    /// A session whose extractions all failed.
    @Test func noDocuments() throws {
        let analysis = try analyse(CorpusFixture.crashQuestion, [], missing: 3)
        #expect(!analysis.answered)
        #expect(analysis.reading.missingDocuments == 3)
        #expect(analysis.uncoveredTerms == ["SQLite", "PostgreSQL", "survive", "crash"])
    }

    /// A page without text, a question without words.
    @Test func emptyTexts() throws {
        let empty = ExtractedDocument(
            path: "a.html", title: "", authors: [], published: nil, kind: .other, confidence: 0,
            passages: [Passage(headings: [], text: "")])
        #expect(try !analyse("How?", [empty]).answered)
        #expect(try !analyse("?!", try CorpusFixture.crashDocuments()).answered)
    }

    /// Two sources that give different numbers for one thing, and two that negate each other.
    @Test func contradictions() throws {
        func document(_ path: String, _ sentences: [String]) -> ExtractedDocument {
            let filler = (1...8).map { "Unrelated remark \($0) of \(path) talks about gardening." }
            return ExtractedDocument(
                path: path, title: "Cache", authors: [], published: nil, kind: .documentation,
                confidence: 0.9,
                passages: (sentences + filler).map { Passage(headings: [], text: $0) })
        }
        let analysis = try analyse(
            "What is the default size of the page cache?",
            [
                document(
                    "a.html",
                    [
                        "The default size of the page cache is 2000 pages for every connection.",
                        "The page cache is shared between threads of one single process.",
                    ]),
                document(
                    "b.html",
                    [
                        "The default size of the page cache is 500 pages for every connection.",
                        "The page cache is not shared between threads of one single process.",
                    ]),
            ])
        #expect(analysis.contradictions.map(\.cue) == ["negation", "numbers"])
        #expect(analysis.contradictions.last?.detail == "2000 / 500 pages")
        #expect(analysis.agreements.isEmpty)
    }

    /// The same session run twice, or with its inputs in another order, must give the same bytes:
    /// otherwise a retried task would commit another report.
    @Test func deterministic() throws {
        let documents = try CorpusFixture.crashDocuments()
        let first = try RawJSON(encodable: analyse(CorpusFixture.crashQuestion, documents))
        let second = try RawJSON(encodable: analyse(CorpusFixture.crashQuestion, documents))
        #expect(first == second)
    }

    /// Twelve long manuals must not hold a worker's slot for minutes.
    @Test func isBounded() throws {
        let base = try CorpusFixture.crashDocuments()
        let pool = base.flatMap(\.passages)
        let documents = base.enumerated().map { index, document in
            var document = document
            for round in 0..<2 {
                document.passages += pool.map { passage in
                    Passage(
                        headings: passage.headings, text: "\(passage.text) Copy \(index)\(round).")
                }
            }
            return document
        }
        var analysis: Analysis?
        let time = try ContinuousClock().measure {
            analysis = try analyse(CorpusFixture.crashQuestion, documents)
        }
        let reading = try #require(analysis).reading
        #expect(reading.sentences == 12 * SentenceCorpus.sentenceLimitPerDocument)
        #expect(reading.candidates <= Analyzer.candidateLimit)
        #expect(time < .seconds(10), "\(time) on a machine that is shared")
    }
}

extension RawJSON {
    fileprivate init(encodable value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        self.init(Array(try encoder.encode(value)))
    }
}
