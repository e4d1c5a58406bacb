// The README's examples of the library, compiled and run: a test holds its code blocks against this file.

import AgentScrivener
import Foundation
import Testing

struct WordCount: BaseAgent {
    let name = "word_count"
    let capabilities = ["count_words"]

    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        struct Parameters: Decodable { var text: String }
        let parameters: Parameters = try task.parameters.decode()
        return try AgentResult(encoding: ["words": parameters.text.split(separator: " ").count])
    }
}

private func countWords() async throws {
    let orchestrator = AgentOrchestrator(
        OrchestrationConfig(maxConcurrentTasks: 5, taskTimeoutSeconds: 3_600))

    try await orchestrator.whileRunning { orchestrator in
        try await orchestrator.registry.registerAgentInstance(
            agent: WordCount(), maxConcurrentExecutions: 2, tags: ["fast"])

        let plan = ResearchPlan(
            query: "How many words?",
            tasks: [
                ResearchTask(
                    taskID: "first", taskType: "count_words",
                    parameters: RawJSON(#"{"text": "to be or not to be"}"#)),
                ResearchTask(
                    taskID: "second", taskType: "count_words",
                    parameters: RawJSON(#"{"text": "that is the question"}"#),
                    dependencies: ["first"]),
            ])
        let session = try await orchestrator.startResearchSession(plan)
        try await orchestrator.registerProgressCallback(session.sessionID) { progress in
            print("\(progress.completedTasks)/\(progress.totalTasks)")
        }
        _ = try await orchestrator.sessionEnd(session.sessionID)

        let results = try await orchestrator.sessionResults(session.sessionID)
        print("success rate: \(results.execution.successRate)")

        let once = try await orchestrator.registry.executeAgent(
            "word_count", parameters: RawJSON(#"{"text": "one more"}"#))
        print(once.payload?.text ?? "nothing")
    }
}

/// Compiled only: the coordinator that it wants is another process. `ClusterTests` has one.
private func followElsewhere(_ plan: ResearchPlan) async throws {
    let remote = try AgentOrchestrator.connect(to: "http://127.0.0.1:7411")

    try await remote.whileRunning { orchestrator in
        let session = try await orchestrator.startResearchSession(
            plan, idempotencyKey: "how-many-words")
        for await progress in try await orchestrator.progressUpdates(of: session.sessionID) {
            print("\(progress.completedTasks)/\(progress.totalTasks)")
        }
        let results = try await orchestrator.sessionResults(session.sessionID)
        print("success rate: \(results.execution.successRate)")
    }
}

@Suite(.timeLimit(.minutes(1)))
struct ReadmeExampleTests {
    @Test func itRuns() async throws { try await countWords() }

    /// An example that does not compile is the first thing that a new user meets.
    @Test func theReadmeSaysWhatIsCompiled() throws {
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let readme = try String(
            contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let compiled = Set(try Self.lines(String(contentsOf: here, encoding: .utf8)))
        let blocks = readme.components(separatedBy: "```swift\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
        #expect(blocks.count >= 3)
        for line in blocks.flatMap(Self.lines) where !line.hasPrefix("import ") {
            #expect(compiled.contains(line), "not compiled: \(line)")
        }
    }

    private static func lines(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
