import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct SourceSelectionTests {
    /// A report on a question that the corpus cannot answer is worse than none.
    @Test(arguments: [
        "What is the best pizza recipe to make at home?",
        "How do penguins migrate across Antarctica in winter?",
        "How do I train a transformer model to generate poetry?",
        "Which index fund is best for retirement?",
        "What were the causes of the French Revolution?",
        "Who won the football world cup in 2018?",
        "How should I season a cast iron skillet?",
        "flurbish zonkwaddle grimbletoff",
    ])
    func aForeignQuestionGetsNoDocuments(_ question: String) async throws {
        let research = try await Research.ofExamples()
        #expect(try await research.select(question).documents.map(\.path) == [])
    }

    /// The other side of the same limit: questions that the corpus answers get what they need.
    @Test(arguments: [
        ("How does SQLite's write-ahead log recover after a crash?", "sqlite/wal.html"),
        (
            "Why is vacuuming necessary, and when does autovacuum run?",
            "postgresql/routine-vacuuming.html"
        ),
        ("Compare B-tree, GiST, GIN and BRIN indexes", "postgresql/indexes-types.html"),
        (
            "What happens to foreign keys when a parent row is deleted in SQLite?",
            "sqlite/foreignkeys.html"
        ),
        ("Explain PostgreSQL streaming replication and failover", "postgresql/warm-standby.html"),
        ("Can a database file be corrupted by a power loss?", "sqlite/howtocorrupt.html"),
    ])
    func anAnswerableQuestionGetsItsPages(_ question: String, _ path: String) async throws {
        let research = try await Research.ofExamples()
        let documents = try await research.select(question).documents
        #expect(documents.contains { $0.path == path }, "\(documents.map(\.path))")
        #expect(documents.count >= 4 && documents.count <= 12)
        #expect(Set(documents.map(\.path)).count == documents.count)
        #expect(documents.allSatisfy { $0.confidence >= SourceSelector.minimumConfidence })
    }

    /// A comparison that quotes only one of the two.
    @Test func aQuestionOnTwoManualsGetsPagesOfBoth() async throws {
        let research = try await Research.ofExamples()
        let question = "How do SQLite and PostgreSQL differ in crash recovery and concurrency?"
        for limit in [4, 12] {
            let documents = try await research.select(question, limit: limit).documents
            let sqlite = documents.filter { $0.path.hasPrefix("sqlite/") }.count
            #expect(documents.count == limit)
            #expect(sqlite == limit / 2, "\(documents.map(\.path))")
        }
    }

    /// What PostgreSQL does, reported as what SQLite does.
    @Test func aQuestionOnOneManualLeavesTheOtherOut() async throws {
        let research = try await Research.ofExamples()
        let documents = try await research.select(
            "How does the write-ahead log of SQLite recover after a crash?"
        ).documents
        #expect(documents.allSatisfy { $0.path.hasPrefix("sqlite/") }, "\(documents.map(\.path))")
    }

    /// Fusion itself: what several searches agree on comes before what one has on top of the other
    /// lists' second places, and copies of one text count once.
    @Test func fusesListsAndDropsCopies() async throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b", "c"] {
            try folder.write("Locks keep writers apart, says \(name).", to: "corpus/\(name).txt")
        }
        try folder.write("Locks keep writers apart, says a.", to: "corpus/copy.txt")
        let research = try await Research(folder)
        func results(_ paths: String...) throws -> RawJSON {
            try RawJSON(
                encoding: SearchResults(
                    query: "locks writers",
                    hits: paths.map {
                        SearchHit(
                            path: $0, title: "invented", snippet: "", score: 1, confidence: 1,
                            kind: .other)
                    }))
        }
        let result = try await research.run(
            "source_selection", .emptyObject, query: "locks and writers",
            inputs: [
                results("c.txt", "b.txt", "copy.txt"), results("a.txt", "b.txt", "c.txt"),
                results("../../etc/passwd", "nowhere.txt"), .null,
            ])
        let selection: SourceSelection = try result.payload.decode()
        #expect(selection.documents.map(\.path) == ["c.txt", "a.txt", "b.txt"])
        #expect(!selection.documents.contains { $0.title == "invented" })
    }
}
