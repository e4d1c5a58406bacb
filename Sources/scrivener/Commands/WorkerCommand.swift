// `scrivener worker …`: the commands about workers.

import ArgumentParser
import ScrivenerClient

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Look at the workers of the pool, and have one leave.",
        subcommands: [WorkerListCommand.self, WorkerDrainCommand.self])
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

struct WorkerDrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Have a worker finish what it runs, and leave.",
        discussion: "It gets nothing new from now on. This does not wait until it has left.")

    @Argument(
        help: ArgumentHelp("The worker's id.", valueName: "id"),
        completion: IDKind.workers.completion)
    var worker: String

    @OptionGroup var options: CoordinatorOptions

    func validate() throws {
        guard !worker.isEmpty else { throw ValidationError("A worker's id is not empty.") }
    }

    mutating func run() async throws {
        try await options.withClient { client in
            let drained = try await client.drain(worker)
            try options.data.write(
                document: drained.bytes, request: "POST /v1/workers/\(worker)/drain"
            ) { Tables.workers([drained.value], columns: options.data.columns) }
        }
    }
}
