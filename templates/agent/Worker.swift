// A worker that holds the agent: `swift run {{name}} --help` tells its options.

import ScrivenerAgentKit
import ScrivenerWorkerProgram
import {{module}}

@main
enum Main: AgentWorker {
    static var agents: [any BaseAgent] { [{{type}}()] }
}
