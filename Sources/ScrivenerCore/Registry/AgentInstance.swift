// An agent on a worker, as the registry sees it.

import ScrivenerModel

/// One agent instance: an agent that one worker holds.
package struct AgentInstance: Sendable {
    /// The worker's number.
    let worker: Int32
    /// Which of the worker's agents, by its place in the registration.
    let agentIndex: Int32
    /// The agent's number in the journal.
    let agent: Int32
    /// Where `LearnedPerformance` keeps its records.
    let row: Int32
    let offer: AgentOffer
    /// Numbers of the demands that it satisfies.
    var demands: [Int32] = []
    /// Attempts that it holds.
    private(set) var used: Int32 = 0
    private(set) var completed = 0
    private(set) var failed = 0

    init(worker: Int32, agentIndex: Int32, agent: Int32, row: Int32, offer: AgentOffer) {
        self.worker = worker
        self.agentIndex = agentIndex
        self.agent = agent
        self.row = row
        self.offer = offer
    }

    var hasFreeSlot: Bool { used < offer.slots }
    var freeSlots: Int32 { max(0, offer.slots - used) }

    mutating func take() { used += 1 }

    mutating func giveBack() {
        precondition(used > 0, "instance \(offer.name) on worker \(worker) gave back a free slot")
        used -= 1
    }

    mutating func count(_ outcome: AttemptOutcome) {
        switch outcome {
        case .completed: completed += 1
        case .failed, .workerLost: failed += 1
        case .cancelled, .released: break
        }
    }

    func satisfies(_ demand: Demand) -> Bool {
        switch demand {
        case .agent(let name): offer.name == name
        case .capability(let name): offer.name == name || offer.capabilities.contains(name)
        }
    }
}
