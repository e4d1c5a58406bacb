// `scrivener task logs ID TASK`: what a task's agent says while it runs.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

struct TaskLogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what a task's agent says while it runs.",
        discussion: """
            The output of the running or last attempt goes to stdout as it is. With --output jsonl each
            piece is a line of JSON with its attempt and offset.

            With --follow the exit code says how the task ended: 0 completed, 3 failed, 4 cancelled.
            """)

    @OptionGroup var argument: SessionArgument

    @Argument(help: ArgumentHelp("The task's id.", valueName: "task"))
    var task: String

    @Flag(
        name: [.short, .long],
        help: "Go on until the task has ended, with the next attempt when one is made.")
    var follow = false

    @Option(help: ArgumentHelp("The attempt's number, from 1.", valueName: "number"))
    var attempt: Int?

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard !task.isEmpty else { throw ValidationError("A task's id is not empty.") }
        guard attempt.map((1...Int(Int32.max)).contains) ?? true else {
            throw ValidationError("--attempt is 1…\(Int32.max).")
        }
        guard !follow || options.output != .json else {
            throw ValidationError("--follow has no one document: use --output jsonl.")
        }
    }

    mutating func run() async throws {
        try await options.withClient { client in
            let request = TaskLogRequest(
                sessionID: argument.session, taskID: task, attempt: attempt)
            guard follow else { return try await show(request, client) }
            var output = TaskLogOutput(taskID: task, data: options.data)
            let end = try await TaskLogFeed(client: client, request: request).run {
                output.take($0)
            }
            guard attempt == nil, let status = ExitStatus(ended: end.status) else { return }
            throw ExitCode(status.rawValue)
        }
    }

    private func show(_ request: TaskLogRequest, _ client: APIClient) async throws {
        let held = try await client.heldLog(request)
        guard let number = held.attempt else {
            return StandardStream.error.write("scrivener: the task has not begun\n")
        }
        let document = RawJSON(
            .object([
                ("attempt", .integer(number)), ("offset", .integer(held.offset)),
                ("task_id", .string(task)), ("text", .string(held.text)),
            ]))
        switch options.output {
        case .table: TaskLogOutput.write(held.text)
        case .json, .jsonl:
            try options.data.write(document: document.bytes, request: "GET …/log") { "" }
        }
    }
}

extension ExitStatus {
    /// The code for a task that has ended otherwise than by completing.
    fileprivate init?(ended status: TaskStatus) {
        switch status {
        case .failed, .skipped, .lost: self = .finishedWithFailures
        case .cancelled: self = .cancelled
        default: return nil
        }
    }
}
