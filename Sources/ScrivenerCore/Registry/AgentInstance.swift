// An agent on a worker, as the registry sees it.

import ScrivenerModel

/// One agent instance: an agent that one worker holds.
package struct AgentInstance: Sendable {
    /// More slots than these count as these: so sums of slots cannot overflow, whatever a worker
    /// offers and a plan asks for.
    static let maximumSlots: Int32 = 1_000_000

    /// The worker's number.
    let worker: Int32
    /// Which of the worker's agents, by its place in the registration.
    let agentIndex: Int32
    /// The agent's number in the journal.
    let agent: Int32
    /// Where `LearnedPerformance` keeps its records.
    let row: Int32
    private(set) var offer: AgentOffer
    /// As many as it offers: beside what else is asked with every choice.
    let slots: Int32
    /// What the worker last said of it.
    var health: AgentHealth.State
    var healthMessage = ""
    /// Whether it has failed since it registered: it is tried before it is trusted again.
    var wasRepaired = false
    /// Numbers of the demands that it satisfies, and the same as a set.
    private(set) var demands: [Int32] = []
    private(set) var demandSet = DemandSet()
    /// Whether it stands in the lists of those that take work.
    var isListed = false
    /// Where it stands in the registry's list of open instances; -1 while it is not open.
    var openPlace: Int32 = -1
    /// Slots that are in use or spoken for by attempts that wait on the worker.
    private(set) var used: Int32 = 0
    /// Since when a slot of it has been free.
    private(set) var freeSince: Instant

    init(
        worker: Int32, agentIndex: Int32, agent: Int32, row: Int32, offer: AgentOffer,
        health: AgentHealth.State = .ready, at now: Instant = .zero
    ) {
        self.worker = worker
        self.agentIndex = agentIndex
        self.agent = agent
        self.row = row
        self.offer = offer
        slots = min(offer.slots, Self.maximumSlots)
        self.offer.slots = slots
        self.health = health
        freeSince = now
    }

    var isAble: Bool { health == .ready || health == .degraded }
    /// Whether it takes work and has a slot free.
    var isOpen: Bool { isListed && used < slots }
    var freeSlots: Int32 { max(0, slots - used) }
    /// How many slots' worth of attempts wait on the worker.
    var prefetched: Int32 { max(0, used - slots) }

    func hasRoom(for slots: Int32) -> Bool { used + slots <= self.slots }

    mutating func satisfy(_ demand: Int32) {
        demands.append(demand)
        demandSet.insert(demand)
    }

    mutating func satisfyNothing() {
        demands = []
        demandSet = DemandSet()
    }

    mutating func take(_ slots: Int32) { used += slots }

    mutating func giveBack(_ slots: Int32, at now: Instant) {
        precondition(
            used >= slots,
            "\(offer.name) on worker \(worker) gives back \(slots) of \(used) slots in use")
        if used >= self.slots, used - slots < self.slots { freeSince = now }
        used -= slots
    }
}
