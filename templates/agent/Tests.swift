// The agent by itself: no pool is needed.

import ScrivenerAgentKit
import Testing

@testable import {{module}}

@Suite struct {{type}}Tests {
    private func execute(_ parameters: String) async throws -> AgentResult {
        try await {{type}}().execute(
            AgentTask(
                sessionID: "session", query: "How many words?", taskID: "count",
                taskType: "{{name}}", parameters: RawJSON(parameters)),
            context: AgentContext())
    }

    @Test func `Words are counted`() async throws {
        let result = try await execute(#"{"text": "to be or\nnot to be"}"#)
        #expect(try result.payload.decode() == {{type}}.Output(words: 6))
    }

    @Test func `Parameters that do not fit are whoever sent them's fault`() async throws {
        let failure = await #expect(throws: AgentFailure.self) { try await execute("{}") }
        #expect(failure?.failureClass == .invalidInput)
    }
}
