// One request of a client of the Model Context Protocol: in which revision it asks, and how it is answered in
// that. A modern request says all of it by itself, and its headers repeat it; a legacy one says its revision
// in a header at most, and no session is kept for it either.

import HTTPTypes
import Hummingbird
import ScrivenerInterop
import ScrivenerModel
import ScrivenerShell

/// A request that is refused before any tool is asked.
struct MCPRefusal: Error {
    var id: JSONRPCID
    var error: JSONRPCError
    var status: HTTPResponse.Status

    var response: Response {
        rpcResponse(.failure(id: id, error), status: status)
    }
}

struct MCPExchange: Sendable {
    private let request: RPCRequest
    let isModern: Bool
    /// By which the client knows what belongs to this request; `nil` when it wants no progress.
    let progressToken: JSONRPCID?

    var id: JSONRPCID { request.id }
    var method: String { request.method }
    var params: JSONValue { request.params }

    init(_ request: RPCRequest, headers: HTTPFields) throws(MCPRefusal) {
        self.request = request
        let meta = request.params["_meta"]
        let stated = meta?[MCPMeta.protocolVersion]
        isModern = stated != nil
        progressToken = meta?[MCPMeta.progressToken].flatMap { JSONRPCID($0) }
        if let stated {
            try check(stated: stated, headers)
        } else {
            try checkLegacy(headers)
        }
    }

    private func check(stated: JSONValue, _ headers: HTTPFields) throws(MCPRefusal) {
        guard let version = stated.stringValue,
            case .object? = params["_meta"]?[MCPMeta.clientCapabilities]
        else {
            throw refusal(
                .invalidParams,
                "_meta: \(MCPMeta.protocolVersion) and \(MCPMeta.clientCapabilities) are needed")
        }
        try expect(MCPHeader.protocolVersion, headers, version)
        try expect(MCPHeader.method, headers, method)
        if method == MCPMethod.callTool {
            try expect(MCPHeader.name, headers, params["name"]?.stringValue ?? "", isCoded: true)
        }
        guard MCPRevision(rawValue: version)?.isModern == true else {
            throw unsupported(version)
        }
    }

    private func expect(
        _ header: String, _ headers: HTTPFields, _ expected: String, isCoded: Bool = false
    ) throws(MCPRefusal) {
        let value = HTTPField.Name(header).flatMap { headers[$0] }
        let meant = isCoded ? value.flatMap(MCPHeaderValue.decoded) : value
        guard meant == expected else {
            throw refusal(
                .headerMismatch,
                value.map {
                    "Header mismatch: \(header) is '\($0.prefix(128))', and the body has "
                        + "'\(expected.prefix(128))'"
                } ?? "Header mismatch: \(header) is missing")
        }
    }

    /// What begins with `initialize` says there which revision it wants, and may say so in a header later.
    private func checkLegacy(_ headers: HTTPFields) throws(MCPRefusal) {
        guard method != MCPMethod.initialize,
            let version = HTTPField.Name(MCPHeader.protocolVersion).flatMap({ headers[$0] })
        else { return }
        guard let revision = MCPRevision(rawValue: version) else { throw unsupported(version) }
        guard !revision.isModern else {
            throw refusal(
                .invalidParams, "_meta: a request of \(version) has \(MCPMeta.protocolVersion)")
        }
    }

    private func unsupported(_ version: String) -> MCPRefusal {
        refusal(
            .unsupportedProtocolVersion, "Unsupported protocol version",
            data: .object([
                (
                    "supported",
                    .array(MCPRevision.supported.map { .string($0.rawValue) })
                ),
                ("requested", .string(String(version.prefix(64)))),
            ]))
    }

    func refusal(
        _ code: JSONRPCErrorCode, _ message: String, data: JSONValue? = nil,
        status: HTTPResponse.Status = .badRequest
    ) -> MCPRefusal {
        MCPRefusal(
            id: id, error: JSONRPCError(code, message, data: data), status: status)
    }

    /// Over HTTP an unknown method is not found; a legacy client would take that for the end of a session.
    var unknownMethod: MCPRefusal {
        refusal(
            .methodNotFound, "Method not found: \(method.prefix(128))",
            status: isModern ? .notFound : .ok)
    }

    // MARK: Answers

    static let server = JSONValue.object([
        ("name", .string("agent-scrivener")), ("title", .string("Agent Scrivener")),
        ("version", .string(SoftwareVersion.current)),
    ])

    func answer(_ members: [(key: String, value: JSONValue)]) -> JSONRPCMessage {
        guard isModern else { return .result(id: id, .object(members)) }
        var all = members
        all.append(
            (
                key: "_meta",
                value: JSONValue.object([(MCPMeta.serverInfo, Self.server)])
            ))
        all.append((key: "resultType", value: JSONValue.string("complete")))
        return .result(id: id, .object(all))
    }

    /// The same for everybody, and for as long as the coordinator runs.
    func cacheableAnswer(_ members: [(key: String, value: JSONValue)]) -> JSONRPCMessage {
        guard isModern else { return answer(members) }
        var all = members
        all.append((key: "ttlMs", value: JSONValue.integer(3_600_000)))
        all.append((key: "cacheScope", value: JSONValue.string("public")))
        return answer(all)
    }

    /// What a tool may say. It is said twice, and nobody gives a model more.
    private static let largestContent = 64 << 20

    /// What a tool says, for programs and, as the same in text, for models.
    func toolAnswer(_ content: JSONValue, isError: Bool = false) -> JSONRPCMessage {
        let text = RawJSON(content)
        guard text.bytes.count <= Self.largestContent else {
            return toolAnswer(
                .object([
                    (
                        "detail",
                        .string(
                            "the answer has \(text.bytes.count) bytes; the limit is "
                                + "\(Self.largestContent), and the HTTP API has none")
                    )
                ]), isError: true)
        }
        return answer([
            (
                "content",
                .array([.object([("type", .string("text")), ("text", .string(text.text))])])
            ),
            ("structuredContent", content), ("isError", .bool(isError)),
        ])
    }

    /// Before a wait: arguments have been read by then, and may be large.
    func letGoOfParams() { request.letGoOfParams() }

    // MARK: What the request says beside

    var trace: TraceContext? {
        guard let parent = params["_meta"]?["traceparent"]?.stringValue else { return nil }
        return TraceContext(
            traceparent: parent, tracestate: params["_meta"]?["tracestate"]?.stringValue ?? "")
    }
}
