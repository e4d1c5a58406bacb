// What the two protocols of other systems have in common, MCP and A2A: a message of JSON-RPC in a POST, and an
// answer that is one message or a stream of them.

import HTTPTypes
import Hummingbird
import NIOCore
import ScrivenerInterop
import ScrivenerModel
import ScrivenerSecurity

/// The largest message; a plan in one can be no larger.
let maximumRPCMessageBytes = 8 << 20

/// The largest message of somebody who may not submit: a question. In memory a message is many times as large
/// as on the wire, which nobody needs who only reads.
let maximumRPCQuestionBytes = 64 << 10

extension APIRoutes {
    /// - Throws: `unsupported_media_type`, `request_too_large`, `overloaded`.
    func rpcMessage(
        from request: Request, _ caller: Caller?
    ) async throws -> Result<JSONRPCMessage, JSONRPCError> {
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
        ) { bytes async throws(ScrivenerError) -> Result<JSONRPCMessage, JSONRPCError> in
            do throws(JSONRPCError) {
                return .success(try JSONRPCMessage(bytes))
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
        body: ResponseBody(byteBuffer: ByteBuffer(bytes: message.bytes)))
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

/// A record of the API as a value that can stand in a message.
func jsonValue(_ record: some Encodable) throws -> JSONValue {
    try RawJSON(Array(try encoded(record))).value()
}
