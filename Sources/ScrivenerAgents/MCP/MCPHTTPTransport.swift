// Streamable HTTP. Each request is a POST; its answer is a message, or a stream that ends with one. A server of a
// legacy revision may give out a session, which is one attempt's and is ended with it, and may close a stream
// that is to be resumed.

import NIOHTTP1
import ScrivenerInterop
import ScrivenerModel
import ScrivenerOutbound
import Synchronization

/// One attempt's requests.
final class MCPHTTPTransport: MCPTransport {
    /// How often a stream is resumed that its server has closed.
    private static let maximumResumptions = 100
    private static let resumptionPause = Duration.seconds(1)
    private static let partingTimeout = Duration.seconds(5)

    private struct Session {
        var lastID: Int64 = 0
        /// That of a legacy server, which gave it out.
        var id: String?
        var revision = MCPRevision.legacy
        /// Whether the server speaks a legacy revision.
        var isGreeted = false
        /// What is under way, for whoever has to tell the server that it is cancelled.
        var open: JSONRPCID?
        var isCancelled = false
    }

    private let client: OutboundClient
    private let url: OutboundURL
    private let key: ServiceKey?
    private let maximumOutputBytes: Int
    private let session = Mutex(Session())

    init(client: OutboundClient, url: OutboundURL, key: ServiceKey?, maximumOutputBytes: Int) {
        self.client = client
        self.url = url
        self.key = key
        self.maximumOutputBytes = maximumOutputBytes
    }

    var probeTimeout: Duration? { nil }

    // MARK: Requests

    func ask(
        _ request: MCPRequest, hear: @escaping @Sendable (MCPNotification) -> Void
    ) async throws -> JSONValue {
        let id = session.withLock { session -> JSONRPCID? in
            guard !session.isCancelled else { return nil }
            session.lastID += 1
            let id = JSONRPCID.number(session.lastID)
            session.open = id
            return id
        }
        guard let id else { throw CancellationError() }
        let message = JSONRPCMessage.request(
            id: id, method: request.method, params: request.params)
        var headers = self.headers(request.revision)
        if request.method == MCPMethod.initialize {
            headers.remove(name: MCPHeader.protocolVersion)
        }
        headers.add(name: "accept", value: "application/json, text/event-stream")
        headers.add(name: "content-type", value: "application/json")
        if request.revision.isModern {
            headers.add(name: MCPHeader.method, value: request.method)
            if let name = request.params["name"]?.stringValue {
                headers.add(name: MCPHeader.name, value: MCPHeaderValue.encoded(name))
            }
            for (name, value) in request.parameterHeaders { headers.add(name: name, value: value) }
        }
        var answer = try await exchange(
            OutboundRequest(.POST, url, headers: headers, body: message.bytes), id,
            in: request.revision, hear)
        var resumptions = 0
        while case .closed(let last) = answer {
            guard !request.revision.isModern, let last, resumptions < Self.maximumResumptions
            else { throw Self.lost }
            resumptions += 1
            try await Task.sleep(for: Self.resumptionPause)
            answer = try await exchange(
                resumption(after: last, request.revision), id, in: request.revision, hear)
        }
        session.withLock { $0.open = nil }
        switch answer {
        case .result(let result): return result
        case .failure(let error): throw key?.withheld(from: error) ?? error
        case .closed: throw Self.lost
        }
    }

    private static var lost: AgentFailure {
        AgentFailure(
            .transient, code: "connection_failed",
            message: "the MCP server's answer ended before its result")
    }

    private func resumption(after event: String, _ revision: MCPRevision) -> OutboundRequest {
        var headers = self.headers(revision)
        headers.add(name: "accept", value: "text/event-stream")
        headers.add(name: "last-event-id", value: event)
        return OutboundRequest(.GET, url, headers: headers)
    }

    func tell(_ notification: MCPNotification, in revision: MCPRevision) async throws {
        session.withLock { session in
            session.revision = revision
            session.isGreeted = true
        }
        let response = try await inOurTerms {
            try await self.client.send(self.post(notification, in: revision))
        }
        if let failure = response.head.agentFailure() { throw failure }
    }

    private func post(
        _ notification: MCPNotification, in revision: MCPRevision
    ) -> OutboundRequest {
        var headers = self.headers(revision)
        headers.add(name: "accept", value: "application/json, text/event-stream")
        headers.add(name: "content-type", value: "application/json")
        let message = JSONRPCMessage.notification(
            method: notification.method, params: notification.params)
        return OutboundRequest(.POST, url, headers: headers, body: message.bytes)
    }

    /// The attempt is cancelled: nothing more is asked, and the server is told.
    func cancel() async {
        session.withLock { $0.isCancelled = true }
        await tellCancelled()
    }

    /// Tells a server of a legacy revision that nobody wants what is under way any more. A modern one knows no way
    /// of being told but the end of the stream.
    func tellCancelled() async {
        let (isGreeted, revision, open) = session.withLock {
            ($0.isGreeted, $0.revision, $0.open)
        }
        guard let open, isGreeted else { return }
        var request = post(
            MCPNotification(
                method: MCPMethod.cancelled, params: .object([("requestId", open.value)])),
            in: revision)
        request.timeout = Self.partingTimeout
        _ = try? await client.send(request)
    }

    /// The attempt is over, and so is a session with the server.
    func end() async {
        let (id, revision) = session.withLock { ($0.id, $0.revision) }
        guard id != nil else { return }
        _ = try? await client.send(
            OutboundRequest(
                .DELETE, url, headers: headers(revision), timeout: Self.partingTimeout))
    }

    private func headers(_ revision: MCPRevision) -> HTTPHeaders {
        var headers = HTTPHeaders()
        if let key { headers.add(name: "authorization", value: "Bearer " + key.text) }
        headers.add(name: MCPHeader.protocolVersion, value: revision.rawValue)
        if !revision.isModern, let id = session.withLock({ $0.id }) {
            headers.add(name: MCPHeader.sessionID, value: id)
        }
        return headers
    }

    // MARK: Answers

    private enum Answer: Sendable {
        case result(JSONValue)
        case failure(JSONRPCError)
        /// Without one; after the event of this id.
        case closed(lastEvent: String?)
    }

    private func exchange(
        _ request: OutboundRequest, _ id: JSONRPCID, in revision: MCPRevision,
        _ hear: @escaping @Sendable (MCPNotification) -> Void
    ) async throws -> Answer {
        try await inOurTerms {
            try await self.client.exchange(request) { stream in
                try await self.read(&stream, id, in: revision, hear)
            }
        }
    }

    /// - Throws: `OutboundError` as `AgentFailure`.
    private func inOurTerms<Value>(_ ask: () async throws -> Value) async throws -> Value {
        do {
            return try await ask()
        } catch OutboundError.tooLarge(.event, _) {
            throw MCPFailure.tooLarge(limit: maximumOutputBytes)
        } catch let error as OutboundError {
            throw error.agentFailure
        }
    }

    private func read(
        _ stream: inout OutboundStream, _ id: JSONRPCID, in revision: MCPRevision,
        _ hear: @Sendable (MCPNotification) -> Void
    ) async throws -> Answer {
        guard stream.head.isSuccess else {
            throw try await refusal(&stream, in: revision)
        }
        if !revision.isModern, let given = stream.head.headers.first(name: MCPHeader.sessionID) {
            session.withLock { $0.id = given }
        }
        switch stream.head.mediaType {
        case "text/event-stream": return try await readEvents(&stream, id, hear)
        case "application/json":
            let message = try Self.message(try await stream.rest())
            guard let answer = Self.answer(message, to: id) else {
                throw MCPFailure.invalid("the MCP server answered another request")
            }
            return answer
        case let type:
            throw MCPFailure.invalid(
                "the MCP server answered with \(type?.prefix(100) ?? "no media type")")
        }
    }

    private func readEvents(
        _ stream: inout OutboundStream, _ id: JSONRPCID,
        _ hear: @Sendable (MCPNotification) -> Void
    ) async throws -> Answer {
        var last: String?
        do {
            while let event = try await stream.nextEvent() {
                last = event.id ?? last
                guard event.name == "message", !event.data.isEmpty else { continue }
                let message = try Self.message(Array(event.data.utf8))
                if case .notification(let method, let params) = message {
                    hear(MCPNotification(method: method, params: params))
                } else if let answer = Self.answer(message, to: id) {
                    return answer
                }
            }
        } catch OutboundError.broken where last != nil {
            // It can be resumed.
        }
        return .closed(lastEvent: last)
    }

    private static func message(_ bytes: [UInt8]) throws(AgentFailure) -> JSONRPCMessage {
        do throws(JSONRPCError) {
            return try JSONRPCMessage(bytes)
        } catch {
            throw MCPFailure.invalid("the MCP server sent what is no message: \(error.message)")
        }
    }

    private static func answer(_ message: JSONRPCMessage, to id: JSONRPCID) -> Answer? {
        switch message {
        case .result(id, let result): .result(result)
        case .failure(id, let error), .failure(nil, let error): .failure(error)
        default: nil
        }
    }

    /// A server that does not know a modern request refuses it in some way of its own.
    private func refusal(
        _ stream: inout OutboundStream, in revision: MCPRevision
    ) async throws -> any Error {
        let head = stream.head
        let bytes = Array(try await stream.rest().prefix(64 << 10))
        if case .failure(_, let error)? = try? JSONRPCMessage(bytes),
            !revision.isModern || error.known?.isModern == true
                || error.known == .methodNotFound || error.known == .invalidParams
        {
            return key?.withheld(from: error) ?? error
        }
        let failure =
            head.agentFailure(detail: ServiceKey.said(bytes, withholding: key))
            ?? MCPFailure.invalid("the MCP server answered \(head.status)")
        let isAboutTheCaller = [401, 403, 407, 408, 425, 429].contains(head.status)
        guard revision.isModern, (400..<500).contains(head.status), !isAboutTheCaller else {
            return failure
        }
        return MCPNotModern(failure: failure)
    }
}
