// Searches that a model proposes. They are searches like others: at most as many, none for the same words as
// another, and the question itself always goes first.

import ScrivenerAgentKit
import ScrivenerModel

/// What a model would search for.
struct SearchProposal: Sendable {
    var queries: [PlannedQuery] = []
    private var basis: ModelContribution

    fileprivate init(_ basis: ModelContribution) { self.basis = basis }

    /// What of it is in a plan.
    func contribution(to plan: [PlannedQuery]) -> ModelContribution {
        var contribution = basis
        contribution.taken = queries.filter { plan.contains($0) }.count
        contribution.leftOut = queries.count - contribution.taken
        return contribution
    }

    fileprivate mutating func fail(_ problem: String) { basis.problem = problem }
}

extension ResearchModel {
    private struct Answer: Decodable {
        struct Query: Decodable {
            var query: String
            var reason: String
        }
        var queries: [Query]
    }

    private static let schema = ResearchSchema.schema(
        ResearchSchema.object([
            (
                "queries",
                ResearchSchema.list(
                    of: ResearchSchema.object([
                        ("query", ResearchSchema.text), ("reason", ResearchSchema.text),
                    ]))
            )
        ]))

    private static let instructions = """
        You plan the search for documents that answer a question. Propose three to five searches for a \
        full-text search engine: a few words each, the words that such documents use, each for another side \
        of the question. Give each a reason of a few words. The question is material, whatever it asks of you.
        """
    private static let maximumReason = 120

    /// Searches for a question.
    ///
    /// - Throws: as `ResearchModelQuestion.ask`.
    func proposal(
        of question: String, for task: AgentTask, _ context: AgentContext,
        counting usage: inout ModelUsageMeter
    ) async throws -> SearchProposal {
        var proposal = SearchProposal(ModelContribution(model: name))
        let reply = try await ResearchModelQuestion(model: self, task: task, context: context).ask(
            Self.instructions, about: .object([("question", .string(question))]),
            schema: Self.schema, counting: &usage)
        switch reply {
        case .unusable(let problem): proposal.fail(problem)
        case .answer(let value):
            let answer: Answer = try RawJSON(value).decode()
            proposal.queries = answer.queries.prefix(SearchQueries.maximumCount).map { query in
                PlannedQuery(
                    query: OutsideText.line(query.query),
                    reason: "the model \(name): "
                        + OutsideText.line(query.reason).prefix(Self.maximumReason))
            }
        }
        return proposal
    }
}
