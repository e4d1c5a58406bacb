// The pool as a server of the Model Context Protocol, at one path: streamable HTTP of the revisions 2026-07-28
// and 2025-11-25, without sessions. A call that waits for the end of a session answers in a stream where its
// client takes one.

import HTTPTypes
import Hummingbird
import NIOCore
import ScrivenerInterop
import ScrivenerModel
import ScrivenerSecurity

extension APIRoutes {
    /// Whoever may read may ask; tools that change something ask for more.
    var mcpRoutes: [Route] {
        [
            Route(.post, "/mcp", .read) { request, context in
                try await mcp(request, context)
            }
        ]
    }

    private func mcp(_ request: Request, _ context: APIContext) async throws -> Response {
        switch try await rpcMessage(from: request, context.caller) {
        case .failure(let error):
            return rpcResponse(.failure(id: nil, error), status: .badRequest)
        case .success(let message?):
            do {
                let exchange = try MCPExchange(message, headers: request.headers)
                guard exchange.method == MCPMethod.callTool else {
                    return rpcResponse(try Self.listing(exchange))
                }
                return try await call(exchange, request, context)
            } catch let refusal as MCPRefusal {
                return refusal.response
            }
        case .success(nil):
            // Nothing waits for what a client may tell: no request of its own is open beside a POST.
            return Response(status: .accepted)
        }
    }

    /// What is the same whoever asks.
    private static func listing(_ exchange: MCPExchange) throws(MCPRefusal) -> JSONRPCMessage {
        let capabilities: (key: String, value: JSONValue) = (
            "capabilities", .object([("tools", .object([]))])
        )
        let instructions: (key: String, value: JSONValue) = (
            "instructions", .string(Self.instructions)
        )
        switch (exchange.method, exchange.isModern) {
        case (MCPMethod.discover, true):
            let versions = MCPRevision.supported.map { JSONValue.string($0.rawValue) }
            return exchange.cacheableAnswer([
                ("supportedVersions", .array(versions)), capabilities, instructions,
            ])
        case (MCPMethod.initialize, false):
            let wanted = exchange.params["protocolVersion"]?.stringValue
            let revision = wanted.flatMap(MCPRevision.init(rawValue:)).flatMap {
                $0.isModern ? nil : $0
            }
            return exchange.answer([
                ("protocolVersion", .string((revision ?? .legacy).rawValue)), capabilities,
                ("serverInfo", MCPExchange.server), instructions,
            ])
        case (MCPMethod.ping, false): return exchange.answer([])
        case (MCPMethod.listTools, _):
            return exchange.cacheableAnswer([
                ("tools", .array(MCPTool.allCases.map(\.definition)))
            ])
        default: throw exchange.unknownMethod
        }
    }

    private static let instructions = """
        A pool of agents over many machines. `status` says what it can do, `submit` gives it a plan of \
        tasks, `results` reads what came of it, `explain` says why something waits, `cancel` stops it.
        """

    // MARK: Calls

    private func call(
        _ exchange: MCPExchange, _ request: Request, _ context: APIContext
    ) async throws -> Response {
        let name = exchange.params["name"]?.stringValue ?? ""
        guard let tool = MCPTool(rawValue: name) else {
            throw exchange.refusal(
                .invalidParams, "Unknown tool: \(name.prefix(128))", status: .ok)
        }
        try guardian.require(tool.scope, of: context.caller)
        do {
            let call = try MCPToolCall(tool, exchange.params["arguments"] ?? .object([]))
            guard call.waitSeconds > 0 else {
                let prepared = try await gateway.prepare(call, exchange)
                return rpcResponse(exchange.toolAnswer(try await prepared.answer()))
            }
            return try await wait(call, of: tool, exchange, request, context)
        } catch let error as ScrivenerError
            where error.code.httpStatus < 500 && error.retryAfterSeconds == nil
        {
            // Whoever called can do better; what is not about the call is a problem, as elsewhere.
            return rpcResponse(
                exchange.toolAnswer(try jsonValue(Problem(error)), isError: true))
        }
    }

    /// Nothing is accepted where there is no room to wait.
    private func wait(
        _ call: MCPToolCall, of tool: MCPTool, _ exchange: MCPExchange, _ request: Request,
        _ context: APIContext
    ) async throws -> Response {
        // Also where nobody asks for progress: a quiet stream is kept awake.
        let isStream = acceptsEvents(request)
        // Whoever only reads takes no place from those who submit.
        let places = isStream ? streams : tool.scope == .read ? readWaits : waits
        guard places.begin() else { throw Self.tooManyStreams(places.limit) }
        // Whatever is thrown, it is given up with the last who holds it.
        let place = StreamPlace(places) {}
        let prepared = try await gateway.prepare(call, exchange)
        exchange.letGoOfParams()
        guard let session = prepared.session,
            let following = try await following(session, of: prepared)
        else { return rpcResponse(exchange.toolAnswer(try await prepared.answer())) }
        let followed = FollowedSession(
            following, patience: .seconds(call.waitSeconds),
            teller: MCPProgress(exchange: exchange, answer: prepared.answer))
        guard isStream else {
            defer { place.giveUp() }
            do {
                try await followed.awaitEnd()
            } catch {
                guard prepared.isAccepted else { throw error }
            }
            return rpcResponse(exchange.toolAnswer(try await prepared.answer()))
        }
        let stream = EventStream(
            source: followed, format: .serverSentEvents, keepAlive: keepAlive,
            isAllowed: context.isStillAllowed, place: place)
        return metrics.counting(stream.response(to: request))
    }
}

extension APIRoutes {
    /// `nil` where it cannot be followed and has been taken on all the same.
    private func following(
        _ session: String, of call: MCPPreparedCall
    ) async throws -> Following? {
        do {
            return try await gateway.follow(session)
        } catch {
            guard call.isAccepted else { throw error }
            return nil
        }
    }
}

/// Progress as notifications, and at last the answer.
private struct MCPProgress: ProgressTelling {
    let exchange: MCPExchange
    let answer: @Sendable () async throws -> JSONValue

    func beginning() -> [StreamEvent] { [] }

    /// Progress that is told grows.
    func moved(_ report: ProgressReport, from last: ProgressReport?) -> [StreamEvent] {
        guard let token = exchange.progressToken,
            last.map({ report.progressPercentage > $0.progressPercentage }) ?? true
        else { return [] }
        let params = JSONValue.object([
            ("progressToken", token.value), ("progress", .number(report.progressPercentage)),
            ("total", .integer(100)), ("message", .string(report.words)),
        ])
        return [StreamEvent(.notification(method: MCPMethod.progress, params: params))]
    }

    func ended() async throws -> [StreamEvent] {
        do {
            return [StreamEvent(exchange.toolAnswer(try await answer()))]
        } catch let error as ScrivenerError {
            let problem = try jsonValue(Problem(error))
            return [StreamEvent(exchange.toolAnswer(problem, isError: true))]
        }
    }
}

extension ProgressReport {
    /// Where a session is, in a line.
    var words: String {
        "\(status.rawValue): \(completedTasks) of \(totalTasks) tasks completed"
    }
}
