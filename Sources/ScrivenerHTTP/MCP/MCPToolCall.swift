// A call of one of the tools: what it asks the coordinator, and what it waits for.

import ScrivenerInterop
import ScrivenerModel

/// A call whose arguments have been read.
enum MCPToolCall: Sendable {
    /// The plan stays among the arguments.
    case submit(key: String?, waitSeconds: Int)
    case pool
    case session(String)
    case results(String, waitSeconds: Int)
    case explain(session: String, task: String)
    case cancel(String)

    /// For how long a session's end is waited for.
    var waitSeconds: Int {
        switch self {
        case .submit(_, let seconds), .results(_, let seconds): seconds
        case .pool, .session, .explain, .cancel: 0
        }
    }

    init(_ tool: MCPTool, _ arguments: JSONValue) throws(ScrivenerError) {
        let body = try ControlBody(
            RawJSON(arguments).bytes, contentType: "application/json", fields: tool.fields)
        switch tool {
        case .submit:
            guard try body.object("plan") != nil else {
                throw requestError(at: "/plan", "is missing")
            }
            let key = try body.text("idempotency_key")
            if let key { try checkIdempotencyKey(key, at: "/idempotency_key") }
            self = .submit(key: key, waitSeconds: try body.waitSeconds())
        case .status:
            self = try body.text("session_id").map { MCPToolCall.session($0) } ?? .pool
        case .results:
            self = .results(
                try body.required("session_id"), waitSeconds: try body.waitSeconds())
        case .explain:
            self = .explain(
                session: try body.required("session_id"), task: try body.required("task_id"))
        case .cancel: self = .cancel(try body.required("session_id"))
        }
    }
}

/// What a call has to do first, and what it answers when nothing more is waited for.
struct MCPPreparedCall: Sendable {
    /// The session whose end may be waited for.
    var session: String?
    /// Whether it has changed something: whoever waits then is not told to come again.
    var isAccepted = false
    let answer: @Sendable () async throws -> JSONValue
}

extension CoordinatorGateway {
    /// Does what changes something; the rest is done when the answer is asked for.
    func prepare(_ call: MCPToolCall, _ exchange: MCPExchange) async throws -> MCPPreparedCall {
        switch call {
        case .submit(let key, _):
            let plan = RawJSON(exchange.params["arguments"]?["plan"] ?? .null)
            let session = try await submit(
                planJSON: plan.bytes, idempotencyKey: key, trace: exchange.trace, end: nil
            ).session
            // What was accepted is never answered with a refusal.
            return MCPPreparedCall(session: session.sessionID, isAccepted: true) {
                try jsonValue((try? await self.session(session.sessionID)) ?? session)
            }
        case .pool: return MCPPreparedCall { try jsonValue(await self.overview()) }
        case .session(let id):
            return MCPPreparedCall { try jsonValue(await self.session(id)) }
        case .results(let id, _):
            return MCPPreparedCall(session: id) { try jsonValue(await self.results(id)) }
        case .explain(let session, let task):
            return MCPPreparedCall {
                try jsonValue(await self.explain(session: session, task: task))
            }
        case .cancel(let id):
            let cancelled = try await cancel(id)
            return MCPPreparedCall { try jsonValue(cancelled) }
        }
    }

    private func overview() async throws -> PoolOverview {
        PoolOverview(
            status: try await status(), agents: try await agents().map { AgentOffer($0) })
    }
}

/// The pool, for somebody who is to write a plan for it.
private struct PoolOverview: Encodable {
    var status: OrchestratorStatus
    var agents: [AgentOffer]
}

private struct AgentOffer: Encodable {
    var agent: String
    var capabilities: [String]

    init(_ record: AgentRecord) {
        agent = record.agent
        capabilities = record.capabilities
    }
}

extension ControlBody {
    fileprivate func required(_ name: String) throws(ScrivenerError) -> String {
        guard let text = try text(name) else { throw requestError(at: "/\(name)", "is missing") }
        return text
    }

    fileprivate func waitSeconds() throws(ScrivenerError) -> Int {
        guard let number = try number("wait_seconds") else { return 0 }
        guard let seconds = Int(exactly: number), (0...maximumWaitSeconds).contains(seconds)
        else {
            throw requestError(
                at: "/wait_seconds", "must be a whole number in its range",
                limit: "0…\(maximumWaitSeconds)", actual: "\(number)")
        }
        return seconds
    }
}
