// A tool of a model is another agent of the same worker: a program, a service, a tool of an MCP server, the search of
// a corpus. So there is one list of what a model may do, which the worker's operator writes; one set of limits and
// failures, those of the agents; and one way to stop it all, since a call runs within the attempt.

import ScrivenerAgentKit
import ScrivenerModel

/// A tool, and who does its work.
struct ModelTool: Sendable {
    var settings: ModelToolSettings
    var agent: any BaseAgent

    var described: ChatTool {
        ChatTool(
            name: settings.name, description: settings.description,
            parameters: settings.parameters)
    }

    var taskType: String { settings.taskType ?? agent.capabilities.first ?? agent.name }
}
