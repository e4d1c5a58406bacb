// `scrivener mcp`: the pool as a server of the Model Context Protocol on stdin and stdout, for programs that start
// their servers themselves.

import ArgumentParser
import ScrivenerClient

struct MCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp", abstract: "Serve the pool as tools over MCP, on stdin and stdout.",
        discussion: """
            For the configuration of a program that starts MCP servers. Each message is passed on to \
            /mcp of the coordinator, with the token of --token-file; the tools are submit, status, \
            results, explain and cancel. Ends when stdin does.
            """)

    @OptionGroup var options: CoordinatorOptions

    mutating func run() async throws {
        try await options.withClient { client in
            let bridge = MCPBridge(client: client)
            await bridge.run(StandardInput.lines())
        }
    }
}
