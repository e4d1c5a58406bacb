// `scrivener status`: what the pool is doing, and what it consists of.

import ArgumentParser
import ScrivenerClient

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the pool is doing.")

    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let status = try await client.status()
            let registry = try await client.registry()
            // The two answers as they came, side by side.
            let document =
                Array(#"{"orchestrator":"#.utf8) + status.bytes + Array(#","registry":"#.utf8)
                + registry.bytes + Array("}".utf8)
            try options.data.write(document: document, request: "GET /v1/status") {
                Tables.status(status.value, registry.value, columns: options.data.columns)
            }
        }
    }
}
