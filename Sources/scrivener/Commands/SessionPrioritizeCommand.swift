// `scrivener session prioritize ID PRIORITY`: other priorities while a session runs.

import ArgumentParser
import ScrivenerClient

struct SessionPrioritizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prioritize", abstract: "Give the open tasks of a session another priority.",
        discussion: "Priorities decide between the tasks of one session.")

    @OptionGroup var argument: SessionArgument

    @Argument(help: ArgumentHelp("1 to 10; 10 is the most urgent.", valueName: "priority"))
    var priority: Int

    @Option(help: ArgumentHelp("Only this task.", valueName: "id"))
    var task: String?

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard (1...10).contains(priority) else { throw ValidationError("A priority is 1…10.") }
        guard task?.isEmpty != true else { throw ValidationError("A task's id is not empty.") }
    }

    mutating func run() async throws {
        try await options.withClient { client in
            let session = try await client.prioritize(
                argument.session, task: task, priority: priority)
            try options.data.write(document: session.bytes, request: "POST …/priority") {
                Tables.session(session.value)
            }
        }
    }
}
