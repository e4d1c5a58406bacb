import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct CorpusSearchTests {
    /// The page that answers the question is not among what the session reads.
    @Test(arguments: [
        ("write-ahead log crash recovery", "sqlite/wal.html"),
        ("sqlite locking states shared reserved pending exclusive", "sqlite/lockingv3.html"),
        ("vacuum transaction id wraparound", "postgresql/routine-vacuuming.html"),
        ("when is SQLite a good choice for a website", "sqlite/whentouse.html"),
        ("serializable isolation level anomalies", "postgresql/transaction-iso.html"),
        ("BRIN block range index", "postgresql/brin-intro.html"),
    ])
    func findsThePage(_ query: String, _ path: String) async throws {
        let research = try await Research.ofExamples()
        let hits = try await research.search(query, limit: 5).hits
        let hit = hits.first { $0.path == path }
        #expect(hit != nil, "\(hits.map(\.path))")
        #expect((hit?.confidence ?? 0) > 0.6)
        #expect(hit?.kind == .documentation)
    }

    /// Users type anything; FTS5 has a language in which most of it is an error.
    @Test(arguments: [
        "\" OR * NEAR( -- ; DROP TABLE documents", "wal\" OR \"x", "title:wal", "{path} : wal",
        "wal*", "^wal", "wal AND NOT sqlite", "NEAR(wal log, 2)", "(((", "-", "\"", "'", "%",
        "a\0b",
        "🙂", "日本語 の 質問", "wal - log + x", String(repeating: "wal ", count: 500),
        String(repeating: "x", count: 5000), "';--",
    ])
    func survivesHostileQueries(_ query: String) async throws {
        let research = try await Research.ofExamples()
        let results = try await research.search(query)
        #expect(results.hits.allSatisfy { (0...1).contains($0.confidence) })
        #expect(try await research.search("wal").hits.count == 10)
    }

    /// Words of FTS5's language are words like others.
    @Test func operatorsAreWords() {
        #expect(QueryTerms("wal NEAR log").anyOf == "\"wal\" OR \"near\" OR \"log\"")
        #expect(QueryTerms.quoted("a\"b") == "\"a\"\"b\"")
        #expect(QueryTerms("What is it, and why?").isEmpty)
        #expect(QueryTerms("").isEmpty)
    }

    @Test func compoundsAreTermsAndPhrases() {
        let terms = QueryTerms("PostgreSQL's write-ahead log, B-tree")
        #expect(terms.terms == ["postgresql", "write", "ahead", "log", "b tree"])
        #expect(terms.phrases == ["write ahead"])
    }

    /// A query of nothing but function words finds nothing, rather than everything.
    @Test func aQueryWithoutContentFindsNothing() async throws {
        let research = try await Research.ofExamples()
        #expect(try await research.search("what is it?").hits.isEmpty)
    }

    /// A page with one common word of the query must not look like an answer.
    @Test func aChanceMatchHasLowConfidence() async throws {
        let research = try await Research.ofExamples()
        let hits = try await research.search("index funds for retirement").hits
        #expect(!hits.isEmpty)
        #expect(hits.allSatisfy { $0.confidence < 0.2 })
    }

    /// A snippet that is no text of the page is an invention.
    @Test func snippetsAreVerbatim() async throws {
        let research = try await Research.ofExamples()
        for hit in try await research.search("checkpoint starvation large WAL files").hits {
            let text = try ExampleCorpus.strippedText(hit.path)
            for part in hit.snippet.split(separator: "…") {
                #expect(text.contains(WhiteSpace.folded(part)), "\(hit.path): \(part)")
            }
        }
    }

    @Test func limitsAndOrdersHits() async throws {
        let research = try await Research.ofExamples()
        let hits = try await research.search("transaction", limit: 3).hits
        #expect(hits.count == 3)
        #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
        let again = try await research.search("transaction", limit: 3).hits
        #expect(hits == again)
    }
}
