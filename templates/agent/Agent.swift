// What the agent does. `execute` is called for up to as many attempts at once as its worker has slots.

import ScrivenerAgentKit

/// Counts the words of a text.
public struct {{type}}: BaseAgent {
    public let name = "{{name}}"
    public let capabilities = ["{{name}}"]
    public let version = "1"

    public init() {}

    struct Parameters: Decodable {
        var text: String
    }

    struct Output: Codable, Equatable {
        var words: Int
    }

    public func execute(
        _ task: AgentTask, context: AgentContext
    ) async throws -> AgentResult {
        // Parameters that do not fit fail as invalid_input, which nobody tries again.
        let parameters: Parameters = try task.parameters()
        var words = 0
        for line in parameters.text.split(separator: "\n") {
            // A cancelled attempt stops here.
            try Task.checkCancellation()
            words += line.split(separator: " ").count
            context.emit("\(line.count) characters\n")
        }
        context.progress(1, "counted")
        return try AgentResult(encoding: Output(words: words))
    }
}
