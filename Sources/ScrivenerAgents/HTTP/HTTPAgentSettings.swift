// An agent that is a service: what is said of it in the file of agents. `docs/agents/http.md` lists the fields.

import ScrivenerAgentKit
import ScrivenerOutbound

/// The settings of such an agent.
public struct HTTPAgentSettings: Sendable, Equatable {
    var identity: AgentIdentity
    /// Where tasks are posted to.
    var url: OutboundURL
    /// Asked how the service is; without one it counts as healthy.
    var healthURL: OutboundURL?
    var key: ServiceKey?
    /// The header that carries the key: `authorization` has it behind `Bearer`.
    var keyHeader = "authorization"
    /// Of a result.
    var maximumOutputBytes = 1 << 20
    /// How long the service may be silent.
    var silence = Duration.seconds(300)
    /// Between two looks at an execution that is not streamed.
    var pollInterval = Duration.seconds(1)
    /// How long a worker that stops waits for the service to confirm cancellations.
    var terminationGrace = Duration.seconds(10)

    init(_ identity: AgentIdentity, url: OutboundURL) {
        self.identity = identity
        self.url = url
    }

    func agent() throws -> any BaseAgent { HTTPAgent(self) }
}
