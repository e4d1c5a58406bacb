// What an agent reads of its task, as types of its own: a mistake in a plan has to be told with its place, and is
// nobody's to try again.

import Logging
import ScrivenerModel
import Synchronization
import Testing

@testable import ScrivenerAgentKit

@Suite struct TypedInputTests {
    private struct Hits: Codable, Equatable {
        var hits: [Int]
    }

    private let task = AgentTask(
        sessionID: "s", query: "q", taskID: "t", taskType: "x",
        parameters: RawJSON(#"{"text":"a","limit":5,"nothing":null,"range":{"hits":[1]}}"#),
        inputs: [
            AgentInput(taskID: "a", taskType: "search", payload: RawJSON(#"{"hits":[1]}"#)),
            AgentInput(taskID: "b", taskType: "search", payload: RawJSON(#"{"hits":[2,3]}"#)),
            AgentInput(taskID: "c", taskType: "read", payload: RawJSON(#""text""#)),
        ])

    @Test func `Parameters, all of them and one`() throws {
        struct All: Decodable {
            var text: String
            var limit: Int
        }
        let all: All = try task.parameters()
        #expect(all.text == "a" && all.limit == 5)
        #expect(try task.parameter("limit", as: Int.self) == 5)
        #expect(try task.parameter("range", as: Hits.self) == Hits(hits: [1]))
        #expect(try task.parameter("nothing", as: Int.self) == nil)
        #expect(try task.parameter("missing", as: Int.self) == nil)
        let failure = #expect(throws: AgentFailure.self) {
            try task.parameter("text", as: Int.self)
        }
        #expect(failure?.failureClass == .invalidInput)
    }

    @Test func `Inputs, one of them and all of a type`() throws {
        #expect(try task.input("b", as: Hits.self) == Hits(hits: [2, 3]))
        #expect(try task.inputs(ofType: "search", as: Hits.self).map(\.hits) == [[1], [2, 3]])
        #expect(try task.inputs(ofType: "none", as: Hits.self) == [])
        let missing = #expect(throws: AgentFailure.self) { try task.input("d", as: Hits.self) }
        #expect(missing?.code == "no_such_input")
        #expect(missing?.message.contains("a, b, c") == true)
        let wrong = #expect(throws: AgentFailure.self) {
            try task.inputs(ofType: "read", as: Hits.self)
        }
        #expect(wrong?.failureClass == .invalidInput)
    }

    @Test func `A value is kept for the next attempt`() throws {
        let kept = Kept()
        let context = AgentContext(
            attempt: 1, idempotencyKey: "k", deadline: nil, logger: Logger(label: "test"),
            keep: { kept.keep($0) }, report: { _ in })
        try context.checkpoint(encoding: Hits(hits: [7]))
        let next = AgentContext(
            attempt: 2, idempotencyKey: "k", deadline: nil,
            previousCheckpoint: kept.bytes, logger: Logger(label: "test")
        ) { _ in }
        #expect(next.previousCheckpoint(as: Hits.self) == Hits(hits: [7]))
        // Another version of the agent kept something else.
        #expect(next.previousCheckpoint(as: [Int].self) == nil)
        #expect(AgentContext().previousCheckpoint(as: Hits.self) == nil)
    }

    @Test func `What is left of the time is never less than nothing`() {
        func timeLeft(_ deadline: ContinuousClock.Instant?) -> Duration? {
            AgentContext(
                attempt: 1, idempotencyKey: "k", deadline: deadline, logger: Logger(label: "test")
            ) { _ in }.timeLeft
        }
        #expect(timeLeft(nil) == nil)
        #expect(timeLeft(.now.advanced(by: .seconds(-1))) == .zero)
        let left = timeLeft(.now.advanced(by: .seconds(1_000))) ?? .zero
        #expect(left > .seconds(900) && left <= .seconds(1_000))
    }
}

/// What an attempt kept.
private final class Kept: Sendable {
    private let state = Mutex<[UInt8]>([])

    var bytes: [UInt8] { state.withLock { $0 } }

    func keep(_ bytes: [UInt8]) { state.withLock { $0 = bytes } }
}
