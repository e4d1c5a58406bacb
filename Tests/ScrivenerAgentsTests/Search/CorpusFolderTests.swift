import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct CorpusFolderTests {
    private func code(_ body: () throws(AgentFailure) -> Void) -> String? {
        do throws(AgentFailure) {
            try body()
            return nil
        } catch {
            return error.code
        }
    }

    /// Payloads name paths. One that leads out of the corpus reads the worker's secrets.
    @Test(arguments: [
        "../secret.txt", "a/../../secret.txt", "/etc/passwd", "/etc/hosts.txt", "a//b.txt", "",
        ".", "..", "./a.txt", "a/./b.txt", ".hidden.txt", "a/.git/x.txt", "a.txt\0.html", "a",
        "README.md",
    ])
    func refusesPathsThatLeadOut(_ path: String) throws {
        let outside = try TemporaryFolder()
        try outside.write("a secret of four words", to: "secret.txt")
        try outside.write("a text of four words", to: "corpus/a.txt")
        let folder = try CorpusFolder(outside.path + "/corpus")
        let code = code { () throws(AgentFailure) in _ = try folder.document(path) }
        #expect(code == "path_outside_corpus")
    }

    /// Links are the other way out, for files and for folders, at the end and in the middle.
    @Test func followsNoLinks() throws {
        let outside = try TemporaryFolder()
        try outside.write("a secret of four words", to: "secret/secret.txt")
        try outside.write("a text of four words", to: "corpus/a.txt")
        let corpus = outside.path + "/corpus"
        let manager = FileManager.default
        try manager.createSymbolicLink(
            atPath: corpus + "/link.txt", withDestinationPath: outside.path + "/secret/secret.txt")
        try manager.createSymbolicLink(
            atPath: corpus + "/folder", withDestinationPath: outside.path + "/secret")
        let folder = try CorpusFolder(corpus)
        #expect(try folder.files().map(\.path) == ["a.txt"])
        for path in ["link.txt", "folder/secret.txt"] {
            #expect(
                code { () throws(AgentFailure) in _ = try folder.document(path) }
                    == "document_missing")
        }
        #expect(try folder.document("a.txt").passages.map(\.text) == ["a text of four words"])
    }

    /// Files about the corpus are not of the corpus; hidden ones and unknown kinds are ignored.
    @Test func listsDocumentsOnly() throws {
        let folder = try TemporaryFolder()
        for name in ["README.md", "LICENSE.txt", "b/README.md", ".x.md", "c.tsv", "a.HTML"] {
            try folder.write("some text of a file", to: name)
        }
        #expect(try CorpusFolder(folder.path).files().map(\.path) == ["a.HTML", "b/README.md"])
    }

    @Test func namesWhatIsMissing() {
        for path in ["/nowhere/at/all", "", "a\0b", "/etc/passwd"] {
            #expect(
                code { () throws(AgentFailure) in _ = try CorpusFolder(path) } == "corpus_missing")
        }
    }
}
