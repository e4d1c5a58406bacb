// The agents of one worker. Those of a file need each other: a model's tools are other agents, built-in ones
// among them, and the built-in research agents may use a model of the file.

public import ScrivenerAgentKit
import ScrivenerModel

/// Makes the agents of a worker.
public struct AgentAssembly {
    private let described: [AgentDescription]
    /// By the name of the agent; one for each endpoint, however many use it.
    private var clients: [String: ModelClient] = [:]
    private var mistakes: [Mistake] = []

    /// - Parameters:
    ///   - described: the agents of the worker's file.
    ///   - builtIn: makes the built-in agents, given the model that they are to use.
    /// - Throws: `ScrivenerError` of code `configuration_invalid` with every mistake, and what `builtIn` throws.
    public static func agents(
        _ described: [AgentDescription],
        beside builtIn: (ResearchModel?) throws -> [any BaseAgent]
    ) throws -> [any BaseAgent] {
        var assembly = AgentAssembly(described: described)
        return try assembly.assemble(builtIn)
    }

    private init(described: [AgentDescription]) { self.described = described }

    private mutating func assemble(
        _ builtIn: (ResearchModel?) throws -> [any BaseAgent]
    ) throws -> [any BaseAgent] {
        for settings in models {
            clients[settings.identity.name] = try ModelClient(settings.endpoint)
        }
        var agents = try builtIn(researchModel())
        for description in described {
            if case .model = description { continue }
            agents.append(try description.agent())
        }
        var modelAgents: [any BaseAgent] = []
        for settings in models {
            if let agent = model(settings, among: agents) { modelAgents.append(agent) }
        }
        guard mistakes.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid, "the agents do not fit together", mistakes: mistakes)
        }
        return agents + modelAgents
    }

    private var models: [ModelAgentSettings] {
        described.compactMap { if case .model(let settings) = $0 { settings } else { nil } }
    }

    private mutating func researchModel() -> ResearchModel? {
        let serving = models.filter(\.servesResearch)
        if serving.count > 1 {
            mistakes.append(
                Mistake(
                    .configurationInvalid, at: "agents",
                    "only one model of a worker can serve its research agents", limit: "1",
                    actual: serving.map(\.identity.name).joined(separator: ", ")))
        }
        guard let first = serving.first, let client = clients[first.identity.name] else {
            return nil
        }
        return ResearchModel(name: first.identity.name, client: client)
    }

    private mutating func model(
        _ settings: ModelAgentSettings, among agents: [any BaseAgent]
    ) -> ModelAgent? {
        guard let client = clients[settings.identity.name] else { return nil }
        var tools: [ModelTool] = []
        for tool in settings.tools {
            guard let agent = agents.first(where: { $0.name == tool.agent }) else {
                mistakes.append(
                    Mistake(
                        .configurationInvalid, at: "agents/\(settings.identity.name)/model/tools",
                        "no agent of this worker that is no model has this name",
                        actual: tool.agent))
                continue
            }
            tools.append(ModelTool(settings: tool, agent: agent))
        }
        return ModelAgent(settings: settings, client: client, tools: tools)
    }
}
