// A server that answers as the documents of the protocol show it, in one of its revisions.

import ScrivenerInterop
import ScrivenerModel
import Synchronization

@testable import ScrivenerAgents

final class RecordedMCPServer: MCPTransport {
    enum Answer: Sendable {
        case result(String)
        case failure(String)
        case notModern
    }

    private let answers: [String: [Answer]]
    private let state = Mutex<(asked: [MCPRequest], told: [MCPNotification])>(([], []))

    /// - Parameter answers: by method; the last of a list is given again and again.
    init(_ answers: [String: [Answer]]) { self.answers = answers }

    var asked: [MCPRequest] { state.withLock { $0.asked } }
    var told: [String] { state.withLock { $0.told.map(\.method) } }
    var probeTimeout: Duration? { nil }

    func ask(
        _ request: MCPRequest, hear: @escaping @Sendable (MCPNotification) -> Void
    ) async throws -> JSONValue {
        let count = state.withLock { state in
            state.asked.append(request)
            return state.asked.filter { $0.method == request.method }.count
        }
        let list = answers[request.method] ?? []
        guard let answer = list.isEmpty ? nil : list[min(count, list.count) - 1] else {
            throw JSONRPCError(.methodNotFound, "Method not found: \(request.method)")
        }
        switch answer {
        case .result(let text): return try RawJSON(text).value()
        case .failure(let text): throw JSONRPCError(try RawJSON(text).value())
        case .notModern:
            throw MCPNotModern(
                failure: AgentFailure(.permanent, code: "answer_400", message: "400"))
        }
    }

    func tell(_ notification: MCPNotification, in revision: MCPRevision) {
        state.withLock { $0.told.append(notification) }
    }
}

/// What the documents show.
enum MCPSample {
    static let discovery = #"""
        {"resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
         "_meta": {"io.modelcontextprotocol/serverInfo": {"name": "ExampleServer", "version": "1.0.0"}},
         "ttlMs": 3600000, "cacheScope": "public"}
        """#
    static let unsupported = #"""
        {"code": -32022, "message": "Unsupported protocol version",
         "data": {"supported": ["2025-11-25"], "requested": "2026-07-28"}}
        """#
    static let initialized = #"""
        {"protocolVersion": "2025-11-25", "capabilities": {"tools": {"listChanged": true}},
         "serverInfo": {"name": "ExampleServer", "version": "1.0.0"}}
        """#
    static let tools = #"""
        {"resultType": "complete", "tools": [
          {"name": "get_weather", "title": "Weather Information Provider",
           "description": "Get current weather information for a location",
           "inputSchema": {"type": "object", "properties": {
             "location": {"type": "string", "description": "City name or zip code"}},
             "required": ["location"]}}], "nextCursor": "next-page-cursor", "ttlMs": 300000}
        """#
    static let moreTools = #"""
        {"resultType": "complete", "tools": [
          {"name": "execute_sql", "description": "Execute SQL on Google Cloud Spanner",
           "inputSchema": {"type": "object", "properties": {
             "region": {"type": "string", "x-mcp-header": "Region"}, "query": {"type": "string"}},
             "required": ["region", "query"]}}]}
        """#
    static let text = #"""
        {"resultType": "complete", "content": [{"type": "text",
          "text": "Current weather in New York:\nTemperature: 72°F\nConditions: Partly cloudy"}],
         "isError": false}
        """#
    static let structured = #"""
        {"resultType": "complete", "content": [{"type": "text", "text": "{\"temperature\": 22.5}"}],
         "structuredContent": {"temperature": 22.5, "conditions": "Partly cloudy", "humidity": 65}}
        """#
    static let failed = #"""
        {"resultType": "complete", "content": [{"type": "text",
          "text": "Invalid departure date: must be in the future."}], "isError": true}
        """#
    static let inputRequired = #"""
        {"resultType": "input_required", "requestState": "eyJwcm9ncmVzcyI6IjUwJSJ9"}
        """#
}
