// `scrivener session tasks ID`: the tasks of a session.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct SessionTasksCommand: AsyncParsableCommand {
    /// The most that is asked for at once.
    static let pageSize = 1_000

    static let configuration = CommandConfiguration(
        commandName: "tasks", abstract: "List a session's tasks and the attempts at them.")

    @OptionGroup var argument: SessionArgument
    @Option(help: "Only tasks of this status.")
    var status: TaskStatus?

    @Option(
        help: ArgumentHelp(
            "Only tasks that the plan gives to this agent, or that it has tried last.",
            valueName: "name"))
    var agent: String?

    @Option(help: ArgumentHelp("How many tasks to list at most.", valueName: "count"))
    var limit: Int?

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard limit.map((1...1_000_000).contains) ?? true else {
            throw ValidationError("--limit is 1…1000000.")
        }
    }

    mutating func run() async throws {
        try await options.withClient { client in
            var tasks: [TaskRecord] = []
            var documents: [[UInt8]] = []
            var filter = TaskFilter(status: status, agent: agent)
            repeat {
                filter.limit = limit.map { min(Self.pageSize, $0 - tasks.count) }
                let page = try await client.taskList(of: argument.session, filter)
                tasks += page.value.records
                documents.append(page.bytes)
                // A cursor that does not move would go round for ever.
                guard page.value.next != filter.after, !page.value.records.isEmpty else { break }
                filter.after = page.value.next
            } while filter.after != nil && tasks.count < limit ?? .max
            try options.data.write(
                documents: documents, request: "GET /v1/sessions/\(argument.session)/tasks"
            ) { Tables.tasks(tasks, columns: options.data.columns) }
        }
    }
}
