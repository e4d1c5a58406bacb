// How the other side of a JSON-RPC call says that it cannot.

package import ScrivenerModel

/// The error of a response.
package struct JSONRPCError: Error, Sendable, Equatable {
    package var code: Int64
    /// A sentence for people.
    package var message: String
    package var data: JSONValue?

    package init(code: Int64, message: String, data: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    package init(_ code: JSONRPCErrorCode, _ message: String, data: JSONValue? = nil) {
        self.init(code: code.rawValue, message: message, data: data)
    }

    /// What stands as `error` in a response, however badly it is made.
    package init(_ value: JSONValue) {
        self.init(
            code: value["code"]?.integerValue ?? JSONRPCErrorCode.internalError.rawValue,
            message: value["message"]?.stringValue ?? "the other side did not say what",
            data: value["data"])
    }

    package var known: JSONRPCErrorCode? { JSONRPCErrorCode(rawValue: code) }

    package var value: JSONValue {
        var members: [(key: String, value: JSONValue)] = [
            ("code", .integer(code)), ("message", .string(message)),
        ]
        if let data { members.append(("data", data)) }
        return .object(members)
    }
}

/// The codes that JSON-RPC and MCP define.
package enum JSONRPCErrorCode: Int64, Sendable {
    case parseError = -32700
    case invalidRequest = -32600
    case methodNotFound = -32601
    case invalidParams = -32602
    case internalError = -32603
    /// MCP: a header does not say what the body says.
    case headerMismatch = -32020
    /// MCP: the request needs something that its client does not have.
    case missingClientCapability = -32021
    /// MCP: the server does not speak that revision.
    case unsupportedProtocolVersion = -32022

    /// Whether only a server of MCP's revision 2026-07-28 or later says this.
    package var isModern: Bool {
        switch self {
        case .headerMismatch, .missingClientCapability, .unsupportedProtocolVersion: true
        case .parseError, .invalidRequest, .methodNotFound, .invalidParams, .internalError: false
        }
    }
}
