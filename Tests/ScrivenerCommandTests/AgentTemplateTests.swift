// A package that `scrivener agent new` makes. That it builds and joins a pool is seen by `scripts/template-check`.

import Foundation
import Testing

@testable import scrivener

struct AgentTemplateTests {
    @Test func `Names stand where they belong, and no mark is left`() throws {
        let template = try AgentTemplate(
            name: "word_count", dependency: PackageDependency(Repository.root.path))
        let files = Dictionary(uniqueKeysWithValues: template.files.map { ($0.path, $0.text) })
        #expect(
            files.keys.sorted()
                == [
                    ".gitignore", "Package.swift", "README.md",
                    "Sources/Worker/Main.swift", "Sources/WordCountKit/Agent.swift",
                    "Tests/WordCountKitTests/AgentTests.swift", "plan.yaml",
                ].sorted())
        for (path, text) in files {
            #expect(!text.contains("{{") && !text.contains("}}"), "\(path)")
        }
        #expect(files["Package.swift"]?.contains(#"name: "word_count""#) == true)
        #expect(files["plan.yaml"]?.contains("task_type: word_count") == true)
        #expect(
            files["Sources/Worker/Main.swift"]?
                .contains("static var agents: [any BaseAgent] { [WordCountAgent()] }") == true)
    }

    /// Two of them are names of types: with those the package's modules would be called as some that it uses.
    @Test(arguments: [
        "", "Word", "1a", "word-count", "wörter", "a b", "a/b", "scrivener", "scrivener_agent",
    ])
    func `A name that a package cannot have is refused`(name: String) throws {
        let dependency = try PackageDependency(Repository.root.path)
        #expect(throws: CommandFailure.self) {
            try AgentTemplate(name: name, dependency: dependency)
        }
    }

    @Test func `A package is a folder or a repository`() throws {
        let remote = try PackageDependency("https://example.org/pool/agent-scrivener.git")
        #expect(remote.identity == "agent-scrivener")
        #expect(
            remote.declaration.hasPrefix(
                #".package(url: "https://example.org/pool/agent-scrivener.git", from: ""#))
        let local = try PackageDependency(Repository.root.path + "/Sources/..")
        #expect(local.identity == Repository.root.resolvingSymlinksInPath().lastPathComponent)
        #expect(throws: CommandFailure.self) { try PackageDependency("/no/such/folder") }
        #expect(throws: CommandFailure.self) { try PackageDependency("a\"b://") }
    }
}
