// Does nothing: what a pool costs by itself is seen when its agents cost nothing.

import ScrivenerAgentKit
import ScrivenerModel

/// Returns its parameters as its payload, whatever they are. `EchoAgent` is the one that obeys.
struct NoopAgent: BaseAgent {
    let name = "noop"
    let capabilities = ["noop"]

    func execute(_ task: AgentTask, context: AgentContext) async throws -> AgentResult {
        AgentResult(payload: task.parameters)
    }
}
