// JSON-RPC 2.0 (https://www.jsonrpc.org/specification), as MCP and A2A use it: one message at a time, never a
// batch, and ids that are texts or whole numbers, never null.

package import ScrivenerModel

/// What a response is matched to its request by.
package enum JSONRPCID: Sendable, Hashable {
    /// A longer text tells requests apart no better, and is repeated in every message.
    package static let maximumTextBytes = 256

    case number(Int64)
    case text(String)

    /// `nil` for anything that is no id.
    package init?(_ value: JSONValue) {
        if let text = value.stringValue {
            guard text.utf8.count <= Self.maximumTextBytes else { return nil }
            self = .text(text)
        } else if let number = value.integerValue {
            self = .number(number)
        } else {
            return nil
        }
    }

    package var value: JSONValue {
        switch self {
        case .number(let number): .integer(number)
        case .text(let text): .string(text)
        }
    }
}

/// One message.
package enum JSONRPCMessage: Sendable, Equatable {
    case request(id: JSONRPCID, method: String, params: JSONValue)
    case notification(method: String, params: JSONValue)
    case result(id: JSONRPCID, JSONValue)
    /// Without an id where that of the request could not be read.
    case failure(id: JSONRPCID?, JSONRPCError)

    /// - Throws: the error that a request in these bytes is answered with.
    package init(_ bytes: [UInt8]) throws(JSONRPCError) {
        let value: JSONValue
        do throws(JSONError) {
            value = try RawJSON(bytes).value()
        } catch {
            throw JSONRPCError(
                .parseError, "this is no JSON: \(error.reason.rawValue) at byte \(error.offset)")
        }
        try self.init(value)
    }

    package init(_ value: JSONValue) throws(JSONRPCError) {
        guard case .object = value, value["jsonrpc"] == .string("2.0") else {
            throw JSONRPCError(.invalidRequest, "this is no message of JSON-RPC 2.0")
        }
        let id = value["id"].flatMap { JSONRPCID($0) }
        if let method = value["method"] {
            guard let name = method.stringValue else {
                throw JSONRPCError(.invalidRequest, "method: must be a string")
            }
            let params = value["params"] ?? .object([])
            guard case .object = params else {
                throw JSONRPCError(.invalidRequest, "params: must be an object")
            }
            guard value["id"] != nil else {
                self = .notification(method: name, params: params)
                return
            }
            guard let id else {
                throw JSONRPCError(
                    .invalidRequest,
                    "id: must be a string of at most \(JSONRPCID.maximumTextBytes) bytes, or a whole number"
                )
            }
            self = .request(id: id, method: name, params: params)
        } else if let error = value["error"] {
            self = .failure(id: id, JSONRPCError(error))
        } else if let result = value["result"], let id {
            self = .result(id: id, result)
        } else {
            throw JSONRPCError(
                .invalidRequest, "this is no request, no notification and no response")
        }
    }

    package var value: JSONValue {
        let version = ("jsonrpc", JSONValue.string("2.0"))
        switch self {
        case .request(let id, let method, let params):
            return .object([
                version, ("id", id.value), ("method", .string(method)), ("params", params),
            ])
        case .notification(let method, let params):
            return .object([version, ("method", .string(method)), ("params", params)])
        case .result(let id, let result):
            return .object([version, ("id", id.value), ("result", result)])
        case .failure(let id, let error):
            return .object([version, ("id", id?.value ?? .null), ("error", error.value)])
        }
    }

    /// On one line, without its end.
    package var bytes: [UInt8] { RawJSON(value).bytes }

    /// The request that a response answers.
    package var answeredID: JSONRPCID? {
        switch self {
        case .request, .notification: nil
        case .result(let id, _): id
        case .failure(let id, _): id
        }
    }
}
