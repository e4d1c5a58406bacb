// What `scrivener research` takes.

import ArgumentParser
import Testing

@testable import scrivener

struct ResearchCommandTests {
    @Test(arguments: ["local", "none", "vendor.model-1:small"])
    func `A model is asked for by its agent's name`(name: String) throws {
        let command = try ResearchCommand.parse(["why?", "--model", name])
        #expect(command.model == name)
    }

    @Test(arguments: ["", "two words", String(repeating: "x", count: 123)])
    func `What is no agent's name is no model`(name: String) {
        #expect(throws: (any Error).self) {
            try ResearchCommand.parse(["why?", "--model", name])
        }
    }
}
