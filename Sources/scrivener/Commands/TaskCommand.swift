// `scrivener task …`: the commands about one task.

import ArgumentParser

struct TaskCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "task", abstract: "Read what a task's agent says while it runs.",
        subcommands: [TaskLogsCommand.self])
}
