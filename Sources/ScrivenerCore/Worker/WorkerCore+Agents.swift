// Who of the worker's agents can work. The worker alone initializes them and asks them how they are;
// the coordinator hears of every change at once, and sends nothing to one that cannot work.

import ScrivenerModel

extension WorkerCore {
    /// How the agents are; one that has no row is ready.
    var health: [AgentHealth] {
        agents.enumerated().compactMap { index, agent in
            guard agent.state != .ready else { return nil }
            return AgentHealth(
                agentIndex: Int32(index), state: agent.state, message: agent.message)
        }
    }

    mutating func initialized(
        _ index: Int, failure: String?, at now: Instant
    ) {
        change(index) { agent, configuration, random in
            agent.initialized(
                failure: failure, at: now, interval: configuration.healthCheckInterval,
                random: &random)
        }
    }

    mutating func healthChecked(
        _ index: Int, _ state: AgentHealth.State, _ message: String, at now: Instant
    ) {
        change(index) { agent, configuration, random in
            agent.healthChecked(
                state, message, at: now, interval: configuration.healthCheckInterval,
                random: &random)
        }
    }

    /// Does with the agents what is due.
    mutating func superviseAgents(at now: Instant, into effects: inout [WorkerEffect]) {
        guard let due = agentsDue, due <= now else { return }
        for index in agents.indices {
            var step: SupervisedAgent.Step?
            change(index) { agent, configuration, _ in
                step = agent.advance(at: now, patience: configuration.healthCheckTimeout)
            }
            switch step {
            case .initialize: effects.append(.initialize(agentIndex: index))
            case .checkHealth: effects.append(.checkHealth(agentIndex: index))
            case nil: break
            }
        }
    }

    /// Changes an agent. When it is no longer what it was, a heartbeat says so at once, and after it
    /// what waits for an agent that cannot work is handed back; what has begun on it goes on.
    private mutating func change(
        _ index: Int,
        _ body: (inout SupervisedAgent, WorkerConfiguration, inout SeededGenerator) -> Void
    ) {
        guard agents.indices.contains(index) else { return }
        let before = agents[index].state
        body(&agents[index], configuration, &random)
        agentsDue = agents.lazy.compactMap(\.due).min()
        guard agents[index].state != before else { return }
        owesHealth = true
    }
}
