// `scrivener worker …`: the commands about workers.

import ArgumentParser

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Look at the workers of the pool.",
        subcommands: [WorkerListCommand.self])
}

struct WorkerListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the workers and what they offer.")

    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let workers = try await client.workers()
            try options.data.write(documents: [workers.bytes], request: "GET /v1/workers") {
                Tables.workers(workers.value.records, columns: options.data.columns)
            }
        }
    }
}
