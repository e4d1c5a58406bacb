// A model that the research agents of a worker use. It adds to what they find by counting, and takes nothing
// away: quotations are chosen from the documents as without it, and what it says itself stands in a report
// only with evidence that is held against its words (`StatementSupport`), and marked as its own.

import ScrivenerAgentKit
import ScrivenerModel

/// A model for research.
public struct ResearchModel: Sendable {
    /// By which plans ask for it.
    public let name: String
    let client: ModelClient

    /// The plan's word for no model at all.
    static let noModel = "none"

    init(name: String, client: ModelClient) {
        self.name = name
        self.client = client
    }

    /// What the agents that use it offer beside their own.
    var tags: [String] { [ModelAgentSettings.tag(name)] }

    /// The model of a task.
    ///
    /// - Parameters:
    ///   - asked: the task's parameter `model`.
    ///   - own: the agent's.
    /// - Throws: `AgentFailure` (`model_unknown`) when the task asks for one that the agent does not have.
    static func chosen(
        _ asked: String?, own: ResearchModel?
    ) throws(AgentFailure) -> ResearchModel? {
        guard let asked else { return own }
        guard asked != noModel else { return nil }
        guard let own, own.name == asked else {
            throw AgentFailure(
                .invalidInput, code: "model_unknown",
                message: "the task asks for the model \(asked.prefix(128)); this worker's research "
                    + "agents have \(own?.name ?? noModel)")
        }
        return own
    }
}

/// What a model did for a result, and what was not taken of it.
struct ModelContribution: Codable, Sendable, Equatable {
    /// The name by which plans ask for it.
    var model: String
    /// What was taken.
    var taken = 0
    /// What was left out because the evidence does not bear it out, or because it cannot be used.
    var leftOut = 0
    /// Why there is nothing of it, where its answer could not be used at all.
    var problem: String?

    enum CodingKeys: String, CodingKey {
        case model, taken, problem
        case leftOut = "left_out"
    }

    init(model: String) { self.model = model }
}
