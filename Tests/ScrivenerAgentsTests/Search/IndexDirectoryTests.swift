import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct IndexDirectoryTests {
    private func hits(_ index: CorpusIndex, _ query: String) async throws -> [String] {
        try await index.read { try CorpusSearch.hits(query, limit: 10, in: $0).map(\.path) }
    }

    private func indexes(_ path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).filter { $0 != ".lock" }
    }

    /// Several workers start at once on one machine: each must get a whole index, and only one may
    /// remain.
    @Test func concurrentBuildersShareOneIndex() async throws {
        let folder = try TemporaryFolder()
        let directory = IndexDirectory(folder.path + "/indexes")
        let corpus = try CorpusFolder(ExampleCorpus.root)
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let index = try directory.index(of: corpus)
                    return try await self.hits(index, "write-ahead log").count
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == Array(repeating: 10, count: 6))
        #expect(try indexes(directory.path).count == 1)
    }

    /// A document added, changed or removed must be found, or no longer be.
    @Test func aChangedCorpusIsIndexedAgain() async throws {
        let folder = try TemporaryFolder()
        try folder.write("Locks keep two writers apart.", to: "corpus/a.txt")
        let directory = IndexDirectory(folder.path + "/indexes")
        let corpus = try CorpusFolder(folder.path + "/corpus")
        let first = try directory.index(of: corpus)
        #expect(try await hits(first, "writers") == ["a.txt"])
        try folder.write("Snapshots let readers pass writers.", to: "corpus/b/b.md")
        let second = try directory.index(of: corpus)
        #expect(try await Set(hits(second, "writers")) == ["a.txt", "b/b.md"])
        #expect(second.topFolders == ["b"])
        try FileManager.default.removeItem(atPath: folder.path + "/corpus/a.txt")
        let third = try directory.index(of: corpus)
        #expect(try await hits(third, "writers") == ["b/b.md"])
        #expect(Set([first, second, third].map(\.fingerprint)).count == 3)
    }

    /// A builder that was killed, and a file that a full disk cut short: neither is ever read.
    @Test func brokenFilesAreReplaced() async throws {
        let folder = try TemporaryFolder()
        try folder.write("Locks keep two writers apart.", to: "corpus/a.txt")
        let directory = IndexDirectory(folder.path + "/indexes")
        let corpus = try CorpusFolder(folder.path + "/corpus")
        let fingerprint = Fingerprint.corpus(
            try corpus.files(), formatVersion: CorpusIndexBuilder.formatVersion)
        try folder.write("half an index", to: "indexes/\(fingerprint).sqlite")
        try folder.write("half an index", to: "indexes/\(fingerprint).sqlite.1.unfinished")
        let index = try directory.index(of: corpus)
        #expect(try await hits(index, "writers") == ["a.txt"])
        #expect(try indexes(directory.path) == ["\(fingerprint).sqlite"])
    }

    /// The cache of a machine on which corpora come and go must not grow for ever.
    @Test func oldIndexesAreRemoved() throws {
        let folder = try TemporaryFolder()
        let directory = IndexDirectory(folder.path + "/indexes")
        for number in 0..<(IndexDirectory.maximumIndexes + 4) {
            try folder.write("Locks keep two writers apart.", to: "corpus/a\(number).txt")
            _ = try directory.index(of: try CorpusFolder(folder.path + "/corpus"))
        }
        #expect(try indexes(directory.path).count == IndexDirectory.maximumIndexes)
    }

    @Test func namesWhatIsWrong() throws {
        let folder = try TemporaryFolder()
        let directory = IndexDirectory(folder.path + "/indexes")
        try folder.write("no words", to: "empty/a.txt")
        try folder.write("no document", to: "none/a.tsv")
        for name in ["empty", "none"] {
            let corpus = try CorpusFolder(folder.path + "/" + name)
            #expect(throws: CorpusIndexBuilder.empty(corpus)) { try directory.index(of: corpus) }
        }
        #expect(try indexes(directory.path) == [])
        try folder.write("Locks keep two writers apart.", to: "corpus/a.txt")
        let corpus = try CorpusFolder(folder.path + "/corpus")
        let file = IndexDirectory(folder.path + "/corpus/a.txt/indexes")
        let failure = #expect(throws: AgentFailure.self) { try file.index(of: corpus) }
        #expect(failure?.code == "index_unwritable")
    }

    @Test func standsWhereTheDesktopSpecificationSays() {
        #expect(
            IndexDirectory.standardPath(["XDG_CACHE_HOME": "/c", "HOME": "/h"])
                == "/c/agent-scrivener/indexes")
        #expect(
            IndexDirectory.standardPath(["XDG_CACHE_HOME": "relative", "HOME": "/h"])
                == "/h/.cache/agent-scrivener/indexes")
    }
}
