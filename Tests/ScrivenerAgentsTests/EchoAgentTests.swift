import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct EchoAgentTests {
    private func result(
        _ parameters: String, inputs: [String] = []
    ) async throws -> String {
        let task = AgentTask(
            sessionID: "s", query: "", taskID: "t", taskType: "noop",
            parameters: RawJSON(Array(parameters.utf8)),
            inputs: inputs.enumerated().map { number, payload in
                AgentInput(
                    taskID: "i\(number)", taskType: "noop",
                    payload: RawJSON(Array(payload.utf8)))
            })
        let context = AgentContext(
            attempt: 1, idempotencyKey: "test", deadline: nil, logger: Logger(label: "test")
        ) { _ in }
        let result = try await EchoAgent().execute(task, context: context)
        return String(decoding: result.payload.bytes, as: UTF8.self)
    }

    @Test func parametersComeBack() async throws {
        #expect(try await result(#"{"a":[1,2]}"#) == #"{"a":[1,2]}"#)
    }

    @Test func sumsAddUp() async throws {
        #expect(try await result(#"{"add":5}"#) == #"{"sum":5}"#)
        #expect(
            try await result(#"{"add":-2}"#, inputs: [#"{"sum":40}"#, #"{"sum":4}"#])
                == #"{"sum":42}"#)
    }

    @Test func whatHasNoSumIsInvalid() async {
        await #expect(throws: AgentFailure.self) {
            try await result(#"{"add":1}"#, inputs: ["{}"])
        }
    }
}
