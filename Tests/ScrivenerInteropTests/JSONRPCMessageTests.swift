// Messages of JSON-RPC as the documents of MCP and A2A show them, and what is none.

import ScrivenerModel
import Testing

@testable import ScrivenerInterop

@Suite struct JSONRPCMessageTests {
    /// Each comes back as it was: what is passed on means the same to whoever gets it.
    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":"discover-1","method":"server/discover","params":{"_meta":{}}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"task-uuid","historyLength":10}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"123"}}"#,
        #"{"jsonrpc":"2.0","id":"call-tool-example","result":{"content":[],"isError":false}}"#,
        #"{"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"Header mismatch"}}"#,
        #"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"no JSON"}}"#,
    ])
    func `A message is read and written`(text: String) throws {
        let message = try JSONRPCMessage(Array(text.utf8))
        #expect(String(decoding: message.bytes, as: UTF8.self) == text)
    }

    @Test func `What a request leaves out is empty`() throws {
        let message = try JSONRPCMessage(
            Array(#"{"jsonrpc": "2.0", "id": 6, "method": "GetExtendedAgentCard"}"#.utf8))
        #expect(
            message
                == .request(id: .number(6), method: "GetExtendedAgentCard", params: .object([])))
    }

    /// The codes are what a client tells the reasons by.
    @Test(arguments: [
        ("{", JSONRPCErrorCode.parseError), ("[]", .invalidRequest), ("{}", .invalidRequest),
        (#"{"jsonrpc":"1.0","id":1,"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":null,"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":5}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1,"method":"a","params":[1]}"#, .invalidRequest),
        (#"{"jsonrpc":"2.0","id":1}"#, .invalidRequest),
        (#"[{"jsonrpc":"2.0","id":1,"method":"a"}]"#, .invalidRequest),
    ])
    func `What is no message says why`(text: String, code: JSONRPCErrorCode) {
        let error = #expect(throws: JSONRPCError.self) {
            try JSONRPCMessage(Array(text.utf8))
        }
        #expect(error?.known == code)
    }

    /// A server that answers badly is still understood to have failed.
    @Test func `An error without a code is an internal one`() throws {
        let message = try JSONRPCMessage(Array(#"{"jsonrpc":"2.0","id":1,"error":"no"}"#.utf8))
        guard case .failure(.number(1)?, let error) = message else {
            Issue.record("it is \(message)")
            return
        }
        #expect(error.known == .internalError)
    }

    /// The table of "Value Encoding" in the revision 2026-07-28.
    @Test(arguments: [
        ("us-west1", "us-west1"),
        ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="),
        ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
    ])
    func `Values go into headers and come out of them`(value: String, header: String) {
        #expect(MCPHeaderValue.encoded(value) == header)
        #expect(MCPHeaderValue.decoded(header) == value)
    }

    @Test func `Marks around something else are refused`() {
        #expect(MCPHeaderValue.decoded("=?base64?***?=") == nil)
        #expect(MCPHeaderValue.decoded("=?base64?=") == "=?base64?=")
    }
}
