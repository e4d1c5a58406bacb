// `scrivener session tasks ID`: the tasks of a session.

import ArgumentParser

struct SessionTasksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "List a session's tasks and the attempts at them.")

    @OptionGroup var argument: SessionArgument
    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let tasks = try await client.taskList(of: argument.session)
            try options.data.write(
                documents: [tasks.bytes], request: "GET /v1/sessions/\(argument.session)/tasks"
            ) { Tables.tasks(tasks.value.records, columns: options.data.columns) }
        }
    }
}
