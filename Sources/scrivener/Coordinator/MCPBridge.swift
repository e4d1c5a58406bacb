// Between a program that speaks the Model Context Protocol over two streams and the coordinator, which speaks it
// over HTTP: messages go through as they are. What each transport has for itself is made here: the headers that
// repeat what a request says, and a cancellation, which over HTTP is the end of the answer's stream.

import ScrivenerClient
import ScrivenerInterop
import ScrivenerModel

actor MCPBridge {
    private let client: APIClient
    /// Whoever finishes one ends the request.
    private var cancellations: [JSONRPCID: AsyncStream<Void>.Continuation] = [:]
    /// Those whose streams have not brought an answer yet.
    private var unanswered: Set<JSONRPCID> = []

    init(client: APIClient) { self.client = client }

    /// Passes messages on until there are no more. What is under way then is given up.
    func run(_ lines: AsyncStream<[UInt8]>) async {
        await withDiscardingTaskGroup { group in
            for await line in lines where !line.isEmpty {
                do throws(JSONRPCError) {
                    take(try JSONRPCMessage(line), line, in: &group)
                } catch {
                    write(JSONRPCMessage.failure(id: nil, error).bytes)
                }
            }
            group.cancelAll()
        }
    }

    private func take(
        _ message: JSONRPCMessage, _ line: [UInt8], in group: inout DiscardingTaskGroup
    ) {
        switch message {
        case .request(let id, let method, let params):
            let (stops, stop) = AsyncStream.makeStream(of: Void.self)
            cancellations[id] = stop
            let headers = Self.headers(method, params)
            group.addTask { await self.serve(id, line, headers, until: stops) }
        case .notification(MCPMethod.cancelled, let params):
            let id = params["requestId"].flatMap { JSONRPCID($0) }
            id.flatMap { cancellations[$0] }?.finish()
        case .notification, .result, .failure:
            // The coordinator asks nothing, and has no use for what else a client tells.
            break
        }
    }

    /// What a modern request says in headers as well.
    private static func headers(
        _ method: String, _ params: JSONValue
    ) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = [
            ("Content-Type", "application/json"),
            ("Accept", "application/json, text/event-stream"),
        ]
        guard let version = params["_meta"]?[MCPMeta.protocolVersion]?.stringValue else {
            return headers
        }
        headers.append((MCPHeader.protocolVersion, version))
        headers.append((MCPHeader.method, method))
        if method == MCPMethod.callTool {
            let name = params["name"]?.stringValue ?? ""
            headers.append((MCPHeader.name, MCPHeaderValue.encoded(name)))
        }
        return headers
    }

    // MARK: One request

    private func serve(
        _ id: JSONRPCID, _ line: [UInt8], _ headers: [(name: String, value: String)],
        until stops: AsyncStream<Void>
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.passOn(id, line, headers) }
            group.addTask { for await _ in stops {} }
            _ = await group.next()
            group.cancelAll()
        }
        cancellations[id] = nil
    }

    private func passOn(
        _ id: JSONRPCID, _ line: [UInt8], _ headers: [(name: String, value: String)]
    ) async {
        unanswered.insert(id)
        defer { unanswered.remove(id) }
        do {
            let answer = try await client.exchange(["mcp"], headers: headers, body: line) {
                await self.hear(Array($0.utf8))
            }
            if let answer {
                pass(answer.body, to: id, status: answer.status)
            } else if unanswered.contains(id), !Task.isCancelled {
                // The coordinator stops: whoever has asked would wait for ever.
                fail(id, "the coordinator's answer ended before its result")
            }
        } catch {
            // Whoever has cancelled, or has the answer, hears nothing more.
            guard !Task.isCancelled, unanswered.contains(id) else { return }
            fail(id, (error as? APIError)?.failure.message ?? "\(error)")
        }
    }

    /// A message of a stream.
    private func hear(_ message: [UInt8]) {
        if let answered = (try? JSONRPCMessage(message))?.answeredID { unanswered.remove(answered) }
        write(message)
    }

    /// A problem of the coordinator's is no message: it becomes one.
    private func pass(_ body: [UInt8], to id: JSONRPCID, status: Int) {
        guard (try? JSONRPCMessage(body)) == nil else { return write(body) }
        let problem = try? RawJSON(body).value()
        fail(
            id, problem?["detail"]?.stringValue ?? "the coordinator answered \(status)",
            data: problem)
    }

    private func fail(_ id: JSONRPCID, _ message: String, data: JSONValue? = nil) {
        let error = JSONRPCError(.internalError, message, data: data)
        write(JSONRPCMessage.failure(id: id, error).bytes)
    }

    private func write(_ message: [UInt8]) { StandardStream.output.write(message + [0x0A]) }
}
