import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct RankingTests {
    private func paths(
        _ files: [String: String], _ query: String, limit: Int = 10
    ) async throws -> [String] {
        let folder = try TemporaryFolder()
        for (name, text) in files { try folder.write(text, to: "corpus/\(name)") }
        return try await Research(folder).search(query, limit: limit).hits.map(\.path)
    }

    /// The reason for feedback: the page that answers has no word of the question.
    @Test func findsPagesThatSayItInOtherWords() async throws {
        let found = try await paths(
            [
                "a.txt": "After a crash the journal restores the old pages of the file.",
                "b.txt": "A crash leaves a journal, which restores what was not yet written.",
                "c.txt": "The journal restores pages when a transaction is rolled back.",
                "d.txt": "Colours of the window may be chosen in the menu of the program.",
            ], "crash")
        #expect(found.prefix(2).sorted() == ["a.txt", "b.txt"])
        #expect(found.dropFirst(2) == ["c.txt"])
    }

    /// Proximity: two words of a query in one passage say more than in two passages.
    @Test func prefersWordsThatStandTogether() async throws {
        let found = try await paths(
            [
                "together.txt": "The sweeper is green today.\n\nA full disk stops every writer.",
                "apart.txt": "The sweeper is full today.\n\nA green disk stops every writer.",
            ], "full disk")
        #expect(found == ["together.txt", "apart.txt"])
    }

    /// Names of folders are places to look in.
    @Test func looksInTheFolderThatIsNamed() async throws {
        let files = [
            "apples/storing.txt": "Fruit is stored in a cool cellar over the winter.",
            "pears/storing.txt": "Fruit is stored in a cool cellar, apples and others too.",
            "pears/other.txt": "Trees are planted in the autumn and cut in the spring.",
        ]
        #expect(
            try await paths(files, "How are apples stored?")
                == ["apples/storing.txt", "pears/storing.txt"])
        #expect(try await paths(files, "pears").first?.hasPrefix("pears/") == true)
    }

    @Test func namesAreFilters() {
        let folders = ["postgresql", "sqlite"]
        let both = NamedFolders(in: "Is SQLite faster than Postgres?", among: folders)
        #expect(both.folders == ["sqlite", "postgresql"])
        #expect(both.terms(of: QueryTerms("Is SQLite faster than Postgres?")).terms == ["faster"])
        #expect(both.scope == #"{path title} : ("sqlite" OR "postgresql")"#)
        let none = NamedFolders(in: "What is fast?", among: folders)
        #expect(none.isEmpty && none.scope == nil)
        let only = NamedFolders(in: "What is SQLite?", among: folders)
        #expect(only.terms(of: QueryTerms("What is SQLite?")).terms == ["sqlite"])
    }

    /// Weights are a distribution, and the words of the query keep at least their half of it.
    @Test func feedbackKeepsTheQuery() async throws {
        let folder = try TemporaryFolder()
        let index = try IndexDirectory(folder.path).index(of: CorpusFolder(ExampleCorpus.root))
        let (query, expanded) = try await index.read { reader in
            let query = try reader.ranked(["crash", "flurbish"])
            return (query, try RelevanceFeedback.expanded(query, scope: nil, in: reader))
        }
        #expect(query.map(\.source)[1] == .unknown)
        #expect(expanded.prefix(2).map(\.source) == query.map(\.source))
        #expect(expanded.prefix(2).allSatisfy { $0.weight >= 0.25 })
        #expect(abs(expanded.reduce(0) { $0 + $1.weight } - 1) < 1e-9)
        #expect(expanded.count > 10)
        #expect(expanded.count <= 2 + RelevanceFeedback.maximumTerms)
    }

    /// An inverse frequency of BM25 may be negative elsewhere; here a common word finds little, but
    /// never makes a page worse.
    @Test func everyTermCountsForAPage() {
        #expect(ImpactIndex.inverseFrequency(100, of: 100) > 0)
        #expect(
            ImpactIndex.inverseFrequency(1, of: 100) > ImpactIndex.inverseFrequency(50, of: 100))
    }
}
