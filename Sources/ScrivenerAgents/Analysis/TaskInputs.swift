// The agents of the second half of a research session find what they need among a task's inputs by
// the type of the task that made them: inputs come in any order, and some may be missing.

import ScrivenerAgentKit
import ScrivenerModel

/// The types of the tasks that the analysing and writing agents take and read.
enum ResearchTaskType {
    static let extraction = "content_extraction"
    static let analysis = "content_analysis"
    static let drafting = "drafting"
    static let citation = "citation"
    static let review = "quality_review"
    static let assembly = "report_assembly"
}

/// What a session's extractions came to.
struct Extractions: Sendable, Equatable {
    /// Best first, one a path.
    var documents: [ExtractedDocument]
    /// Extractions that had no document.
    var missing: Int

    /// More documents than this are left out, the least relevant first.
    static let documentLimit = 64
}

extension AgentTask {
    private struct QuestionParameter: Decodable {
        var question: String?
        var model: String?
    }

    /// The model that the task is to use: the parameter `model`, or else the agent's.
    ///
    /// - Throws: `AgentFailure` (`model_unknown`) when the agent does not have it.
    func model(_ own: ResearchModel?) throws -> ResearchModel? {
        try ResearchModel.chosen(
            try parameters.decode(QuestionParameter.self).model, own: own)
    }

    /// The question that the task is about: the parameter `question`, or else the session's.
    ///
    /// - Throws: `AgentFailure` (`question_missing`) when both are empty.
    func researchQuestion() throws -> String {
        let parameter = try parameters.decode(QuestionParameter.self).question ?? ""
        for question in [parameter, query] {
            let words = question.split(whereSeparator: \.isWhitespace)
            if !words.isEmpty { return words.joined(separator: " ") }
        }
        throw AgentFailure(
            .invalidInput, code: "question_missing",
            message: "neither the parameters nor the session have a question")
    }

    /// The documents among the inputs. Their order does not depend on the order of the inputs.
    func extractions() throws -> Extractions {
        var documents: [ExtractedDocument] = []
        var missing = 0
        for input in inputs where input.taskType == ResearchTaskType.extraction {
            try Task.checkCancellation()
            if let document = try input.payload.decode(ExtractedDocument?.self) {
                documents.append(document)
            } else {
                missing += 1
            }
        }
        documents.sort {
            ($1.confidence, $0.path, $0.passages.count) < (
                $0.confidence, $1.path, $1.passages.count
            )
        }
        var seen: Set<String> = []
        let distinct = documents.filter { seen.insert($0.path).inserted }
        return Extractions(
            documents: Array(distinct.prefix(Extractions.documentLimit)), missing: missing)
    }

    /// The payload of the first input of a type, or `nil` when there is none.
    func firstInput<Value: Decodable>(of taskType: String, as type: Value.Type) throws -> Value? {
        guard let input = inputs.first(where: { $0.taskType == taskType }) else { return nil }
        return try input.payload.decode(Value?.self)
    }

    /// The payload of the first input of a type.
    ///
    /// - Throws: `AgentFailure` (`input_missing`) when there is none.
    func requiredInput<Value: Decodable>(of taskType: String, as type: Value.Type) throws -> Value {
        if let value = try firstInput(of: taskType, as: type) { return value }
        throw AgentFailure(
            .invalidInput, code: "input_missing",
            message: "\(self.taskType) needs the result of a \(taskType) task")
    }

    /// What an agent throws for a task that it does not take.
    func unsupported(by agent: String) -> AgentFailure {
        AgentFailure(
            .invalidInput, code: "unsupported_task_type",
            message: "the agent \(agent) does not take \(taskType)")
    }
}
