// What a worker offers: what its agents say of themselves, and where they say nothing, what it says of all.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerWorker

@Suite struct AgentOfferTests {
    private struct Agent: BaseAgent {
        var name = "a"
        var capabilities: [String] = []
        var tags: [String] = []
        var slots: Int32?
        var version = ""

        func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
            AgentResult()
        }
    }

    private func worker(_ agents: Agent..., tags: [String] = ["gpu"]) -> WorkerService {
        WorkerService(
            settings: WorkerSettings(
                coordinator: "tcp://127.0.0.1:7412", workerID: "w", slots: 8, tags: tags),
            agents: agents, logger: Logger(label: "test"))
    }

    @Test func `An agent's own slots and tags go with those of its worker`() {
        let worker = worker(
            Agent(name: "own", capabilities: ["c"], tags: ["gpu", "fast"], slots: 1, version: "2"),
            Agent(name: "plain"))
        #expect(worker.agentMistakes == [])
        #expect(
            worker.offers == [
                AgentOffer(
                    name: "own", capabilities: ["c"], tags: ["gpu", "fast"], slots: 1, version: "2"),
                AgentOffer(name: "plain", capabilities: [], tags: ["gpu"], slots: 8),
            ])
    }

    /// A coordinator would refuse the whole worker, and say less about why.
    @Test func `What a coordinator would not take is told before it starts`() {
        #expect(worker(Agent(name: "a b")).agentMistakes.count == 1)
        #expect(worker(Agent(), Agent()).agentMistakes.count == 1)
        #expect(worker(Agent(slots: 0)).agentMistakes.map(\.path) == ["agents/a"])
        #expect(worker(Agent(capabilities: ["x y"], tags: ["ü"])).agentMistakes.count == 2)
        let many = (0..<40).map { "t\($0)" }
        let others = (0..<40).map { "w\($0)" }
        #expect(worker(Agent(tags: many), tags: others).agentMistakes.map(\.limit) == ["64"])
    }
}
