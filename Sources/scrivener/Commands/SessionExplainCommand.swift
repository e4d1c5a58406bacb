// `scrivener session explain ID TASK`: why a task is where it is, and what would move it.

import ArgumentParser
import ScrivenerClient

struct SessionExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain why a task is where it is.")

    @OptionGroup var argument: SessionArgument

    @Argument(help: ArgumentHelp("The task's id.", valueName: "task"))
    var task: String

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard !task.isEmpty else { throw ValidationError("A task's id is not empty.") }
    }

    mutating func run() async throws {
        try await options.withClient { client in
            let explanation = try await client.explain(task, in: argument.session)
            try options.data.write(
                document: explanation.bytes, request: "GET …/tasks/\(task)/explain"
            ) { Tables.explanation(explanation.value) }
        }
    }
}
