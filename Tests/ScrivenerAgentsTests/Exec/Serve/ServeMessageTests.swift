// The lines of a program that serves: authors of programs write them by hand.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ServeMessageTests {
    private func message(_ line: String) -> ServeMessage { ServeMessage(Array(line.utf8)) }

    @Test func `Every kind of line`() {
        #expect(message(#"{"type":"ready"}"#) == .ready(answersHealth: false))
        #expect(message(#"{"type":"ready","health":true}"#) == .ready(answersHealth: true))
        #expect(
            message(#"{"type":"progress","id":"7","progress":0.5}"#)
                == .progress(id: "7", 0.5, message: ""))
        #expect(message(#"{"type":"output","id":"7","text":"a"}"#) == .output(id: "7", "a"))
        #expect(
            message(#"{"type":"checkpoint","id":"7","checkpoint":{"n":1.50}}"#)
                == .checkpoint(id: "7", Array(#"{"n":1.50}"#.utf8)))
        #expect(
            message(#"{"type":"result","id":"7","payload":{"n":1.50},"usage":{"output_tokens":3}}"#)
                == .ended(
                    id: "7",
                    .result(
                        AgentResult(
                            payload: RawJSON(#"{"n":1.50}"#), usage: Usage(outputTokens: 3)))))
        #expect(
            message(#"{"type":"failure","id":"7","class":"invalid_input","message":"m"}"#)
                == .ended(
                    id: "7",
                    .failure(AgentFailure(.invalidInput, code: "program_failure", message: "m"))))
        #expect(message(#"{"type":"stopped","id":"7"}"#) == .ended(id: "7", .stopped))
        #expect(
            message(#"{"type":"health","id":"7","status":"degraded","reason":"r"}"#)
                == .health(id: "7", .degraded(reason: "r")))
    }

    /// What can be told of whose it is has consequences for one attempt, the rest for all.
    @Test(
        arguments: [
            ("loading model...", nil), ("[1]", nil), (#"{"type":"result"}"#, nil),
            (#"{"id":"7"}"#, "7"), (#"{"type":"results","id":"7"}"#, "7"),
            (#"{"type":"failure","id":"7","class":"poison","message":"m"}"#, "7"),
            (#"{"type":"progress","id":"7","progress":"half"}"#, "7"),
        ] as [(String, String?)])
    func `Nonsense is known as such, and whose it is`(line: String, id: String?) {
        guard case .garbage(let found, let reason) = message(line) else {
            Issue.record("\(message(line))")
            return
        }
        #expect(found == id)
        #expect(reason != "")
    }

    /// A result with a failure that is too large would be refused for good, and not be tried again.
    @Test func `A failure that says much is cut, and keeps its class`() {
        let text = String(repeating: "é", count: 300_000)
        let line =
            #"{"type":"failure","id":"7","class":"transient","#
            + #""code":"\#(text)","message":"\#(text)"}"#
        guard case .ended("7", .failure(let failure)) = message(line) else {
            Issue.record("no failure")
            return
        }
        #expect(failure.failureClass == .transient)
        #expect(failure.code.utf8.count == 128)
        #expect(failure.message.utf8.count == 2_000)
    }

    @Test func `A result without a payload fails its attempt`() {
        guard case .ended("7", .failure(let failure)) = message(#"{"type":"result","id":"7"}"#)
        else {
            Issue.record("no failure")
            return
        }
        #expect(failure.code == "invalid_output")
    }
}
