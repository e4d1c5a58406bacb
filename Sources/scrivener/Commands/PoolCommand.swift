// `scrivener pool …`: the commands about pools of workers.

import ArgumentParser
import ScrivenerClient

struct PoolCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pool", abstract: "Look at the pools of workers, and what they should have.",
        subcommands: [PoolListCommand.self])
}

struct PoolListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the pools: how many replicas each should have, has, and why.")

    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let pools = try await client.pools()
            try options.data.write(documents: [pools.bytes], request: "GET /v1/pools") {
                Tables.pools(pools.value.records, columns: options.data.columns)
            }
        }
    }
}
