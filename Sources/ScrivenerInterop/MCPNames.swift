// The names that stand in messages and headers of the Model Context Protocol.

package enum MCPMethod {
    package static let discover = "server/discover"
    package static let initialize = "initialize"
    package static let initialized = "notifications/initialized"
    package static let ping = "ping"
    package static let listTools = "tools/list"
    package static let callTool = "tools/call"
    package static let cancelled = "notifications/cancelled"
    package static let progress = "notifications/progress"
}

/// Keys of `_meta`.
package enum MCPMeta {
    package static let protocolVersion = "io.modelcontextprotocol/protocolVersion"
    package static let clientInfo = "io.modelcontextprotocol/clientInfo"
    package static let clientCapabilities = "io.modelcontextprotocol/clientCapabilities"
    package static let serverInfo = "io.modelcontextprotocol/serverInfo"
    package static let progressToken = "progressToken"
}

package enum MCPHeader {
    package static let protocolVersion = "MCP-Protocol-Version"
    package static let sessionID = "Mcp-Session-Id"
    package static let method = "Mcp-Method"
    package static let name = "Mcp-Name"
    /// And then the name that a tool's schema gives.
    package static let parameterPrefix = "Mcp-Param-"
}
