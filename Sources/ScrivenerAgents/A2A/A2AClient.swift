// Asks one other agent: JSON-RPC over HTTP, with streams of server-sent events.

import NIOHTTP1
import ScrivenerInterop
import ScrivenerModel
import ScrivenerOutbound

struct A2AClient: Sendable {
    /// What an answer or an event has beside artifacts: many agents repeat the message that they were sent, with
    /// the results in it, as the task's history.
    private static let marginBytes = 16 << 20
    /// So much is read of a refusal.
    private static let refusalBytes = 64 << 10

    private let settings: A2AAgentSettings
    private let client: OutboundClient

    init(_ settings: A2AAgentSettings) {
        self.settings = settings
        var limits = OutboundSettings()
        // A stream is quiet while the agent thinks.
        limits.idleTimeout = settings.timeout
        limits.timeout = settings.timeout
        // All of a stream, of which no more is kept than the output may have; an answer has its own limit.
        limits.maximumBodyBytes = 1 << 30
        limits.maximumEventBytes = settings.maximumOutputBytes + Self.marginBytes
        limits.keptHosts = 1
        // The operator wrote the URLs: agents on this machine or in its network are the rule.
        client = OutboundClient(limits, reaching: .any)
    }

    func shutdown() async { await client.shutdown() }

    /// Servers name none, or that it is an error.
    private static let eventNames = ["message", "error"]

    /// For a question that is answered at once.
    static let shortTimeout = Duration.seconds(30)

    func card() async throws -> A2ARemoteCard {
        let response = try await inOurTerms {
            try await send(
                OutboundRequest(
                    .GET, settings.card, headers: headers(), timeout: Self.shortTimeout))
        }
        if let failure = response.head.agentFailure() { throw failure }
        guard let card = try? RawJSON(response.body).value() else {
            throw A2ARemoteTask.invalid("its card is no JSON")
        }
        return try A2ARemoteCard(card, at: settings.card, endpoint: settings.endpoint)
    }

    /// - Returns: the result.
    /// - Throws: `JSONRPCError` where the agent answers so, and `AgentFailure`.
    func ask(
        _ card: A2ARemoteCard, _ method: String, _ params: [(key: String, value: JSONValue)],
        timeout: Duration = Self.shortTimeout
    ) async throws -> JSONValue {
        let request = request(card, method, params, timeout: timeout)
        let response = try await inOurTerms { try await send(request) }
        if case .failure(_, let error)? = try? JSONRPCMessage(response.body) {
            throw withheld(error)
        }
        if let failure = response.head.agentFailure(detail: said(response.body)) {
            throw failure
        }
        guard case .result(_, let result) = try Self.message(response.body) else {
            throw A2ARemoteTask.invalid("it is no answer")
        }
        return result
    }

    /// - Parameter hear: gets each event's result, and says whether it wants more.
    func follow(
        _ card: A2ARemoteCard, _ method: String, _ params: [(key: String, value: JSONValue)],
        _ hear: @escaping @Sendable (JSONValue) async throws -> Bool
    ) async throws {
        var request = request(card, method, params, timeout: settings.timeout)
        request.headers.replaceOrAdd(name: "accept", value: "text/event-stream")
        let asked = request
        try await inOurTerms {
            try await client.exchange(asked) { stream in
                guard stream.head.isSuccess, stream.head.mediaType == "text/event-stream" else {
                    throw try await self.refusal(&stream)
                }
                while let event = try await stream.nextEvent() {
                    guard Self.eventNames.contains(event.name), !event.data.isEmpty else {
                        continue
                    }
                    switch try Self.message(Array(event.data.utf8)) {
                    case .result(_, let result): guard try await hear(result) else { return }
                    case .failure(_, let error): throw self.withheld(error)
                    case .request, .notification:
                        throw A2ARemoteTask.invalid("an event is no answer")
                    }
                }
            }
        }
    }

    /// An answer that is read as a whole.
    private func send(_ request: OutboundRequest) async throws -> OutboundResponse {
        let limit = settings.maximumOutputBytes + Self.marginBytes
        return try await client.exchange(request) { stream in
            OutboundResponse(head: stream.head, body: try await stream.rest(upTo: limit))
        }
    }

    private func refusal(_ stream: inout OutboundStream) async throws -> any Error {
        let head = stream.head
        var bytes: [UInt8] = []
        while bytes.count < Self.refusalBytes, let piece = try await stream.nextBytes() {
            bytes += piece
        }
        if case .failure(_, let error)? = try? JSONRPCMessage(bytes) { return withheld(error) }
        return head.agentFailure(detail: said(bytes))
            ?? A2ARemoteTask.invalid("it is no stream of events")
    }

    private func withheld(_ error: JSONRPCError) -> JSONRPCError {
        settings.key?.withheld(from: error) ?? error
    }

    private func said(_ bytes: [UInt8]) -> String {
        ServiceKey.said(bytes, withholding: settings.key)
    }

    private func request(
        _ card: A2ARemoteCard, _ method: String, _ params: [(key: String, value: JSONValue)],
        timeout: Duration
    ) -> OutboundRequest {
        var all = params
        if let tenant = card.tenant { all.append((key: "tenant", value: .string(tenant))) }
        var headers = headers()
        headers.add(name: "content-type", value: "application/json")
        headers.add(name: A2AProtocol.versionHeader, value: A2AProtocol.version)
        let message = JSONRPCMessage.request(
            id: .number(1), method: method, params: .object(all))
        return OutboundRequest(
            .POST, card.endpoint, headers: headers, body: message.bytes, timeout: timeout)
    }

    private func headers() -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers.add(name: "accept", value: "application/json")
        guard let key = settings.key else { return headers }
        let isBearer = settings.keyHeader == "authorization"
        headers.add(
            name: settings.keyHeader, value: isBearer ? "Bearer " + key.text : key.text)
        return headers
    }

    private static func message(_ bytes: [UInt8]) throws(AgentFailure) -> JSONRPCMessage {
        do throws(JSONRPCError) {
            return try JSONRPCMessage(bytes)
        } catch {
            throw A2ARemoteTask.invalid(error.message)
        }
    }

    private func inOurTerms<Value>(_ ask: () async throws -> Value) async throws -> Value {
        do {
            return try await ask()
        } catch let error as OutboundError {
            throw error.agentFailure
        }
    }
}
