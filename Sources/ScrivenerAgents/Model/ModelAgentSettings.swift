// An agent that is a language model behind an endpoint: what is said of it in the file of agents.

import ScrivenerAgentKit
import ScrivenerModel

/// The settings of such an agent.
public struct ModelAgentSettings: Sendable, Equatable {
    var identity: AgentIdentity
    var endpoint: ModelEndpointSettings
    var system: PromptTemplate?
    /// What it is asked; `nil` of one that only the research agents use.
    var prompt: PromptTemplate?
    /// What its answers have to be; texts when `nil`.
    var schema: JSONSchema?
    /// How often an answer that is not as the schema says goes back to the model.
    var maximumCorrections = 2
    var tools: [ModelToolSettings] = []
    var maximumToolRounds = 8
    /// Of what one call comes to.
    var maximumToolBytes = 64 << 10
    /// Whether the worker's research agents use it.
    var servesResearch = false

    init(_ identity: AgentIdentity, _ endpoint: ModelEndpointSettings) {
        self.identity = identity
        self.endpoint = endpoint
    }

    /// A connection is closed at once; agents that are tools have a grace of their own.
    var terminationGrace: Duration { .zero }

    /// The agent by itself; `AgentAssembly` makes those that have tools.
    func agent() throws -> any BaseAgent {
        guard let tool = tools.first else {
            return ModelAgent(settings: self, client: try ModelClient(endpoint), tools: [])
        }
        throw ScrivenerError(
            .configurationInvalid, "\(identity.name) needs the agent \(tool.agent) for a tool")
    }

    /// What tasks ask for that want this model and no other (`tags`).
    static func tag(_ name: String) -> String { "model:" + name }
}

/// A tool that a model may call: another agent of the same worker.
struct ModelToolSettings: Sendable, Equatable {
    /// Whose task a call is.
    var agent: String
    /// The type of that task; the first of the agent's capabilities when `nil`.
    var taskType: String?
    /// As the model knows it.
    var name: String
    var description: String
    var parameters: JSONSchema
}
