// What the two protocols of other systems have in common, MCP and A2A: a message of JSON-RPC in a POST, and an
// answer that is one message or a stream of them.

import HTTPTypes
import Hummingbird
import NIOCore
import ScrivenerInterop
import ScrivenerModel
import ScrivenerSecurity
import Synchronization

/// The largest message; a plan in one can be no larger.
let maximumRPCMessageBytes = 8 << 20

/// The largest message of somebody who may not submit: a question. In memory a message is many times as large
/// as on the wire, which nobody needs who only reads.
let maximumRPCQuestionBytes = 64 << 10

/// A request. Its parameters may be many times as large as the bytes that they came in, and are held here alone: whoever
/// is to wait for long lets go of them first.
final class RPCRequest: Sendable {
    let id: JSONRPCID
    let method: String
    private let held: Mutex<JSONValue>

    /// `nil` for any other message.
    init?(_ message: JSONRPCMessage) {
        guard case .request(let id, let method, let params) = message else { return nil }
        self.id = id
        self.method = method
        held = Mutex(params)
    }

    /// An empty object once they were let go of.
    var params: JSONValue { held.withLock { $0 } }

    func letGoOfParams() { held.withLock { $0 = .object([]) } }
}

extension APIRoutes {
    /// - Returns: `nil` for a message that is no request.
    /// - Throws: `unsupported_media_type`, `request_too_large`, `overloaded`.
    func rpcMessage(
        from request: Request, _ caller: Caller?
    ) async throws -> Result<RPCRequest?, JSONRPCError> {
        guard PlanFormat(contentType: request.headers[.contentType] ?? "") == .json else {
            throw ScrivenerError(
                .unsupportedMediaType, "a message is sent as JSON, in UTF-8",
                mistakes: [
                    Mistake(
                        .unsupportedMediaType, at: "Content-Type", "is not this",
                        limit: "application/json",
                        actual: request.headers[.contentType].map { String($0.prefix(128)) })
                ])
        }
        return try await plans.withPlan(
            from: request, as: "message",
            bound: guardian.allows(.submit, caller)
                ? maximumRPCMessageBytes : maximumRPCQuestionBytes
        ) { bytes async throws(ScrivenerError) -> Result<RPCRequest?, JSONRPCError> in
            do throws(JSONRPCError) {
                return .success(RPCRequest(try JSONRPCMessage(bytes)))
            } catch {
                return .failure(error)
            }
        }
    }
}

func rpcResponse(
    _ message: JSONRPCMessage, status: HTTPResponse.Status = .ok
) -> Response {
    Response(
        status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
        body: ResponseBody(message.bytes))
}

extension StreamEvent {
    /// A message in a stream.
    init(_ message: JSONRPCMessage) { self.init("message", data: message.bytes) }
}

/// Whether the client takes a stream of events.
func acceptsEvents(_ request: Request) -> Bool {
    request.headers[values: .accept].contains {
        $0.lowercased().contains("text/event-stream")
    }
}

/// A record of the API as a value that can stand in a message. Payloads that are as deep as they may be lie some levels
/// down in it.
func jsonValue(_ record: some Encodable) throws -> JSONValue {
    let bytes = Array(try encoded(record))
    var reader = JSONReader(
        bytes, in: bytes.indices, maximumDepth: JSONReader.maximumDepth + levelsOfRecords)
    return try reader.readDocument()
}

private let levelsOfRecords = 16
