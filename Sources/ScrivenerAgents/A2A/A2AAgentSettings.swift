// An agent that is another system's, reached by A2A: what is said of it in the file of agents.
// `docs/agents/a2a.md` lists the fields.

import ScrivenerAgentKit
import ScrivenerOutbound

/// The settings of such an agent.
public struct A2AAgentSettings: Sendable, Equatable {
    var identity: AgentIdentity
    /// Where its card is.
    var card: OutboundURL
    /// Where messages go; where the card says when `nil`, if that is the card's own origin.
    var endpoint: OutboundURL?
    var key: ServiceKey?
    var keyHeader = "authorization"
    /// Whether the results of a task's dependencies are sent along.
    var sendsInputs = true
    /// How long it may take.
    var timeout = Duration.seconds(3_600)
    /// Between two looks at a task that is not streamed.
    var pollInterval = Duration.seconds(1)
    /// Of what it returns.
    var maximumOutputBytes = 1 << 20
    /// How long a worker that stops waits for it to confirm cancellations.
    var terminationGrace = Duration.seconds(10)

    init(_ identity: AgentIdentity, card: OutboundURL) {
        self.identity = identity
        self.card = card
    }

    func agent() throws -> any BaseAgent { A2AAgent(self) }
}
