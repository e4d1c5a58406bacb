// A client of the Model Context Protocol: finds out in which revision a server speaks, looks a tool up, calls it.
// It offers nothing that a server could ask of it, so all it gets beside answers are notifications.

import ScrivenerInterop
import ScrivenerModel
import ScrivenerShell

struct MCPClient: Sendable {
    /// How many pages of tools are read.
    private static let maximumPages = 100
    /// By which the notifications of the one call are known that is made.
    static let progressToken = JSONRPCID.text("attempt")

    let transport: any MCPTransport

    private static let information = JSONValue.object([
        ("name", .string("agent-scrivener")), ("version", .string(SoftwareVersion.current)),
    ])

    // MARK: Revisions

    /// Finds the latest revision that both sides speak. A server of a legacy one has been greeted when this
    /// returns.
    func connect() async throws -> MCPRevision {
        do {
            let result = try await probe()
            return try await begin(Self.revision(of: result["supportedVersions"]))
        } catch let error as JSONRPCError {
            switch error.known {
            case .unsupportedProtocolVersion:
                return try await begin(Self.revision(of: error.data?["supported"]))
            case .headerMismatch, .missingClientCapability: throw MCPFailure.failure(error)
            default: return try await initialize(orFail: MCPFailure.failure(error))
            }
        } catch let signal as MCPNotModern {
            return try await initialize(orFail: signal.failure)
        }
    }

    private func begin(_ revision: MCPRevision) async throws -> MCPRevision {
        revision.isModern ? revision : try await initialize(orFail: nil)
    }

    private func probe() async throws -> JSONValue {
        let request = self.request(MCPMethod.discover, [], in: .modern)
        guard let limit = transport.probeTimeout else { return try await ask(request) }
        return try await withThrowingTaskGroup(of: JSONValue.self) { group in
            group.addTask { try await ask(request) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw MCPNotModern(
                    failure: AgentFailure(
                        .transient, code: "mcp_no_answer",
                        message: "the MCP server did not answer within \(limit)"))
            }
            defer { group.cancelAll() }
            guard let result = try await group.next() else { throw CancellationError() }
            return result
        }
    }

    /// The latest of what a server says that it speaks.
    private static func revision(of versions: JSONValue?) throws(AgentFailure) -> MCPRevision {
        let offered = (versions?.arrayValue ?? []).compactMap(\.stringValue)
        guard let revision = MCPRevision.supported.first(where: { offered.contains($0.rawValue) })
        else { throw MCPFailure.noCommonRevision(offered.joined(separator: ", ")) }
        return revision
    }

    /// - Parameter failure: what the server failed with before, which says more than that it does not take this
    ///   either.
    private func initialize(orFail failure: AgentFailure?) async throws -> MCPRevision {
        let result: JSONValue
        do {
            result = try await ask(
                MCPRequest(
                    method: MCPMethod.initialize,
                    params: .object([
                        ("protocolVersion", .string(MCPRevision.legacy.rawValue)),
                        ("capabilities", .object([])), ("clientInfo", Self.information),
                    ]), revision: .legacy))
        } catch let error as JSONRPCError where error.known == .unsupportedProtocolVersion {
            // It was slow to start, and has seen the first question after all.
            let revision = try Self.revision(of: error.data?["supported"])
            guard revision.isModern else { throw failure ?? MCPFailure.failure(error) }
            return revision
        } catch let error as JSONRPCError {
            throw failure ?? MCPFailure.failure(error)
        } catch let signal as MCPNotModern {
            throw signal.failure
        }
        let version = result["protocolVersion"]?.stringValue ?? ""
        guard let revision = MCPRevision(rawValue: version), !revision.isModern else {
            throw MCPFailure.noCommonRevision(version)
        }
        try await transport.tell(
            MCPNotification(method: MCPMethod.initialized, params: .object([])), in: revision)
        return revision
    }

    // MARK: Tools

    func tool(_ name: String, in revision: MCPRevision) async throws -> MCPToolDefinition {
        var cursor: JSONValue?
        for _ in 0..<Self.maximumPages {
            let page = try await answered {
                try await ask(
                    request(
                        MCPMethod.listTools, cursor.map { [(key: "cursor", value: $0)] } ?? [],
                        in: revision))
            }
            guard let tools = page["tools"]?.arrayValue else {
                throw MCPFailure.invalid("the list of tools has no tools")
            }
            if let found = tools.first(where: { $0["name"]?.stringValue == name }) {
                return try MCPToolDefinition(found)
            }
            guard let next = page["nextCursor"], next != .null else { break }
            cursor = next
        }
        throw AgentFailure(
            .permanent, code: "tool_unknown", message: "the MCP server has no tool \(name)")
    }

    /// - Parameter meta: what the request says beside, such as where in a trace it stands.
    func call(
        _ tool: MCPToolDefinition, _ arguments: JSONValue, in revision: MCPRevision,
        meta: [(key: String, value: JSONValue)],
        hear: @escaping @Sendable (MCPNotification) -> Void
    ) async throws -> JSONValue {
        var call = request(
            MCPMethod.callTool,
            [("name", .string(tool.name)), ("arguments", arguments)], in: revision,
            meta: meta + [(key: MCPMeta.progressToken, value: Self.progressToken.value)])
        if revision.isModern {
            call.parameterHeaders = tool.headers(of: arguments)
        }
        let made = call
        return try await answered { try await transport.ask(made, hear: hear) }
    }

    // MARK: Requests

    private func ask(_ request: MCPRequest) async throws -> JSONValue {
        try await transport.ask(request) { _ in }
    }

    /// What a server answers once it is known how to speak with it.
    private func answered(_ ask: () async throws -> JSONValue) async throws -> JSONValue {
        do {
            return try await ask()
        } catch let error as JSONRPCError {
            throw MCPFailure.failure(error)
        } catch let signal as MCPNotModern {
            throw signal.failure
        }
    }

    private func request(
        _ method: String, _ members: [(key: String, value: JSONValue)], in revision: MCPRevision,
        meta: [(key: String, value: JSONValue)] = []
    ) -> MCPRequest {
        var meta = meta
        if revision.isModern {
            let version = JSONValue.string(revision.rawValue)
            meta.append((key: MCPMeta.protocolVersion, value: version))
            meta.append((key: MCPMeta.clientInfo, value: Self.information))
            meta.append((key: MCPMeta.clientCapabilities, value: JSONValue.object([])))
        }
        var all = members
        if !meta.isEmpty { all.append((key: "_meta", value: .object(meta))) }
        return MCPRequest(method: method, params: .object(all), revision: revision)
    }
}
