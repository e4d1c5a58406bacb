import Testing

@testable import ScrivenerAgents

@Suite struct QuestionPartsTests {
    /// A name that is missed gets no search of its own.
    @Test(arguments: [
        ("How do SQLite and PostgreSQL differ in crash recovery?", ["SQLite", "PostgreSQL"]),
        ("Compare B-tree, GiST and GIN indexes", ["B-tree", "GiST", "GIN"]),
        ("What is \"hot standby\"?", ["hot standby"]),
        ("Is SQLite's WAL mode faster?", ["SQLite", "WAL"]),
        ("What does max_wal_size do?", ["max_wal_size"]),
        (
            "Describe Multi-Version Concurrency Control in databases",
            ["Multi-Version Concurrency Control"]
        ),
        ("WHY IS MY DATABASE SLOW", []),
        ("How Does The Query Planner Choose Index Scans", []),
        ("Databases compared", []),
    ])
    func findsNames(_ question: String, _ names: [String]) {
        #expect(QuestionParts(question).entities == names)
    }

    @Test func findsFacets() {
        let parts = QuestionParts("How does SQLite treat crash recovery and concurrent reads?")
        #expect(parts.topics == ["treat", "crash", "recovery", "concurrent", "reads"])
        #expect(parts.facets == [["treat", "crash", "recovery"], ["concurrent", "reads"]])
        #expect(parts.subQuestions == [])
    }

    @Test func findsQuestionsWithinQuestions() {
        let question = "Why is vacuuming necessary, and how does autovacuum decide when to run?"
        #expect(
            QuestionParts(question).subQuestions == [
                "Why is vacuuming necessary", "how does autovacuum decide when to run",
            ])
    }

    /// Whatever is typed, planning does not trap.
    @Test func survivesAnything() {
        for text in ["", "?", "''", "\"", "\"\"\"", "...", "-", "a'", "'s", "’s", "\u{0}", "🙂?🙂"] {
            _ = SearchQueries.queries(for: text, QuestionParts(text))
        }
    }
}
