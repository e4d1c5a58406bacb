// What stands in documents that other encoders write.

import Foundation
import ScrivenerModel
import Testing

@Suite struct CodableTests {
    private struct Envelope: Codable, Equatable {
        var payload: RawJSON
        var at: WallTime
    }

    /// Bytes become a part of the document, not a string in it.
    @Test func rawJSONStandsInADocument() throws {
        let envelope = Envelope(
            payload: RawJSON(#"{"b":[1,2.5,true,null,"é\n"],"a":{}}"#),
            at: WallTime(millisecondsSince1970: 1))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(envelope)
        #expect(
            String(decoding: data, as: UTF8.self)
                == #"{"at":"1970-01-01T00:00:00.001Z","#
                + #""payload":{"a":{},"b":[1,2.5,true,null,"é\n"]}}"#
        )
        let read = try JSONDecoder().decode(Envelope.self, from: data)
        #expect(try read.payload.value()["b"] == envelope.payload.value()["b"])
        #expect(read.at == envelope.at)
    }

    /// Bytes that are no JSON fail the document instead of spoiling it.
    @Test func brokenBytesAreRefused() {
        let envelope = Envelope(
            payload: RawJSON("{broken"), at: WallTime(millisecondsSince1970: 0))
        #expect(throws: JSONError.self) { try JSONEncoder().encode(envelope) }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(WallTime.self, from: Data(#""yesterday""#.utf8))
        }
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(FailureClass.self, from: Data(#""bad_luck""#.utf8))
        }
    }

    /// The names in documents are the specification's.
    @Test func resultsHaveTheirNames() throws {
        let result = AgentResult(
            payload: RawJSON("[1]"), usage: Usage(inputTokens: 3),
            failure: AgentFailure(.invalidInput, code: "c", message: "m"))
        let data = try JSONEncoder().encode(result)
        let value = try RawJSON(Array(data)).value()
        #expect(value["failure"]?["class"] == .string("invalid_input"))
        #expect(value["usage"]?["input_tokens"] == .integer(3))
        #expect(value["payload"] == .array([.integer(1)]))
        #expect(try JSONDecoder().decode(AgentResult.self, from: data) == result)
    }

    /// Each error has a code of its own, somebody whose fault it is, and a status.
    @Test func everyErrorIsCatalogued() {
        #expect(Set(ErrorCode.allCases.map(\.rawValue)).count == ErrorCode.allCases.count)
        for code in ErrorCode.allCases {
            #expect((400..<600).contains(code.httpStatus))
            if code.httpStatus < 500, code != .overloaded { #expect(code.fault == .caller) }
        }
        for failure in FailureClass.allCases {
            #expect(FailureClass(name: failure.name) == failure)
        }
    }
}
