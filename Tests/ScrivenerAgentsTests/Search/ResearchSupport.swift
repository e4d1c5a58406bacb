// What the tests of searching share: an agent on the example corpus, and a session's first steps.

import Foundation
import Logging
import ScrivenerAgentKit
import ScrivenerModel

@testable import ScrivenerAgents

struct Research {
    let agent: ResearchAgent

    /// An agent on a corpus in the test's own folder.
    init(_ folder: TemporaryFolder) async throws {
        try await self.init(corpus: folder.path + "/corpus", indexes: folder.path + "/indexes")
    }

    /// An agent on the example corpus. The tests share its index, as workers would.
    static func ofExamples() async throws -> Research {
        try await Research(corpus: ExampleCorpus.root, indexes: sharedIndexes)
    }

    /// Removed when the tests end. Not kept: a change to an extractor must show.
    private static let sharedIndexes: String = {
        atexit { try? FileManager.default.removeItem(atPath: Research.sharedIndexesPath) }
        return sharedIndexesPath
    }()
    private static let sharedIndexesPath =
        NSTemporaryDirectory() + "scrivener-tests-\(ProcessInfo.processInfo.processIdentifier)"

    private init(corpus: String, indexes: String) async throws {
        agent = ResearchAgent(corpus: corpus, indexDirectory: indexes)
        try await agent.initialize()
    }

    static let context = AgentContext(
        attempt: 1, idempotencyKey: "test", deadline: nil, logger: Logger(label: "test")
    ) { _ in }

    func run(
        _ type: String, _ parameters: RawJSON, query: String = "", inputs: [RawJSON] = []
    ) async throws -> AgentResult {
        let inputs = inputs.enumerated().map {
            AgentInput(taskID: "input_\($0)", taskType: "any", payload: $1)
        }
        let task = AgentTask(
            sessionID: "s", query: query, taskID: "t", taskType: type, parameters: parameters,
            inputs: inputs)
        return try await agent.execute(task, context: Self.context)
    }

    func search(_ query: String, limit: Int = 10) async throws -> SearchResults {
        let parameters = RawJSON(
            .object([("query", .string(query)), ("max_results", .integer(Int64(limit)))]))
        return try await run("web_search", parameters).payload.decode()
    }

    /// Plans a question, runs its searches, selects.
    func select(_ question: String, limit: Int = 12) async throws -> SourceSelection {
        let planning = AgentTask(
            sessionID: "s", query: question, taskID: "p", taskType: "planning")
        let planned = try await PlannerAgent().execute(planning, context: Self.context)
        let explanation: PlanExplanation = try planned.payload.decode()
        var results: [RawJSON] = []
        for query in explanation.queries {
            results.append(try RawJSON(encoding: try await search(query.query)))
        }
        let parameters = RawJSON(.object([("max_sources", .integer(Int64(limit)))]))
        return try await run("source_selection", parameters, query: question, inputs: results)
            .payload.decode()
    }

    /// The code of the failure that a task ends with.
    func failure(
        _ type: String, _ parameters: RawJSON, inputs: [RawJSON] = []
    ) async throws -> String? {
        do {
            _ = try await run(type, parameters, inputs: inputs)
            return nil
        } catch let failure as AgentFailure {
            return failure.code
        }
    }
}
