// How a worker's agents are, as columns: part of a registration and of each heartbeat.

import ScrivenerModel

extension ProtoHealthTable {
    init(_ rows: [AgentHealth]) {
        self.init()
        var arena = ArenaWriter()
        agentIndices = rows.map(\.agentIndex)
        states = rows.map { Int32($0.state.rawValue) }
        messageLengths = rows.map { arena.append($0.message) }.unlessAllZero
        arenaBytes = arena.bytes
    }

    func model(_ limits: WireLimits) throws(WireError) -> [AgentHealth] {
        let rows = agentIndices.count
        try Check.size(rows, limit: limits.agentsPerWorker, "health")
        let states = try Column(self.states, rows: rows, "health.states")
        let lengths = try Column(
            optional: messageLengths, rows: rows, "health.message_lengths")
        var arena = ArenaReader(arenaBytes)
        var health: [AgentHealth] = []
        health.reserveCapacity(rows)
        for (row, agent) in agentIndices.enumerated() {
            let state = states[row]
            try Check.range(state, in: 1...Int32.max, WireField("health.states", row: row))
            let message = try arena.text(
                lengths[row], limit: limits.healthMessageBytes,
                WireField("health.messages", row: row))
            health.append(
                AgentHealth(agentIndex: agent, state: Self.state(state), message: message))
        }
        try arena.finish("health.arena")
        try WireCodec.check(health, agents: limits.agentsPerWorker, limits)
        return health
    }

    /// A state that only a newer worker knows must not cost it its lease; nor does it promise that
    /// the agent can work.
    private static func state(_ number: Int32) -> AgentHealth.State {
        UInt8(exactly: number).flatMap(AgentHealth.State.init(rawValue:)) ?? .failed
    }
}

extension WireCodec {
    /// - Parameter agents: how many agents the worker has, as far as that is known.
    static func check(
        _ health: [AgentHealth], agents: Int, _ limits: WireLimits
    ) throws(WireError) {
        try Check.size(health.count, limit: limits.agentsPerWorker, "health")
        var seen: Set<Int32> = []
        for (row, agent) in health.enumerated() {
            let field = WireField("health.agent_indices", row: row)
            guard agent.agentIndex >= 0, Int(agent.agentIndex) < agents else {
                throw .indexOutsideTable(
                    field: field.text, count: agents, actual: Int(agent.agentIndex))
            }
            guard seen.insert(agent.agentIndex).inserted else {
                throw .repeated(field: field.text, value: "\(agent.agentIndex)")
            }
            try Check.text(
                agent.message, limit: limits.healthMessageBytes,
                WireField("health.messages", row: row))
        }
    }
}
