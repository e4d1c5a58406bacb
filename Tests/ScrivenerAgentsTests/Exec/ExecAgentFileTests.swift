// The file that names a worker's programs: people write it by hand, and it is copied to many hosts.

import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ExecAgentFileTests {
    private func settings(_ text: String, isJSON: Bool = false) throws -> [ExecAgentSettings] {
        try ExecAgentFile.settings(in: Array(text.utf8), isJSON: isJSON)
    }

    private func mistakes(_ text: String, isJSON: Bool = false) -> [String] {
        do {
            _ = try settings(text, isJSON: isJSON)
            return []
        } catch {
            let error = error as? ScrivenerError
            return error?.mistakes.map { "\($0.path): \($0.message)" } ?? ["\(error as Any)"]
        }
    }

    @Test func `Every field, and the least that is enough`() throws {
        let full = ExecAgentSettings(
            name: "summarise", capabilities: ["summary"], command: ["sh", "-c", "cat"],
            environment: ["PATH", "API_KEY"], workingDirectory: "/usr",
            maximumOutputBytes: 4_096, terminationGrace: .seconds(2.5))
        let read = try settings(
            """
            agents:
              - name: summarise
                capabilities: [summary]
                command: [sh, -c, cat]
                environment: [PATH, API_KEY]
                working_directory: /usr
                max_output_bytes: 4096
                termination_grace_seconds: 2.5
              - name: plain
                command: [/bin/sh]
            """)
        #expect(read == [full, ExecAgentSettings(name: "plain", command: ["/bin/sh"])])
        #expect(
            try settings(#"{"agents": [{"name": "plain", "command": ["/bin/sh"]}]}"#, isJSON: true)
                == [ExecAgentSettings(name: "plain", command: ["/bin/sh"])])
    }

    /// Whoever starts a worker wants one round of corrections, not one a mistake.
    @Test func `All mistakes are told at once, with their places`() {
        #expect(
            mistakes(
                """
                agents:
                  - name: a b
                    command: [no-such-program-here]
                    capabilities: [ok, "not ok"]
                    environment: [A=B]
                  - name: twice
                    command: []
                    working_directory: relative
                    max_output_bytes: 0
                    termination_grace_seconds: .5e9
                  - name: twice
                    command: sh -c id
                    comand: [sh]
                  - command: [./relative]
                  - just text
                """) == [
                    "/agents/0/name: must be 1…128 characters of a–z A–Z 0–9 _ - . :",
                    "/agents/0/command/0: "
                        + "must be the absolute path of a program, or its name in PATH",
                    "/agents/0/capabilities/1: must be 1…128 characters of a–z A–Z 0–9 _ - . :",
                    "/agents/0/environment/0: must be the name of a variable",
                    "/agents/1/command: names no program",
                    "/agents/1/working_directory: must be the absolute path of a folder",
                    "/agents/1/max_output_bytes: out of range",
                    "/agents/1/termination_grace_seconds: out of range",
                    "/agents/2/comand: there is no such field",
                    "/agents/2/command: must be a list of texts",
                    "/agents/2/name: another agent has it",
                    "/agents/3/name: must be 1…128 characters of a–z A–Z 0–9 _ - . :",
                    "/agents/3/command/0: "
                        + "must be the absolute path of a program, or its name in PATH",
                    "/agents/4: must be an object",
                ])
    }

    @Test func `A file that cannot be read at all says why`() throws {
        #expect(mistakes("agents: []") == ["/agents: must be a list of agents"])
        #expect(mistakes("agent: []").contains("/agent: there is no such field"))
        #expect(mistakes("[]") == [": must be an object"])
        #expect(mistakes("a: [") != [])
        #expect(
            mistakes(#"{"agents": [}"#, isJSON: true) == [": byte 12: unexpected character"])
        for path in ["/no/such/file.yaml", "/usr"] {
            let error = #expect(throws: ScrivenerError.self) { try ExecAgentFile.read(path) }
            #expect(error?.code == .configurationInvalid)
        }
        let file = NSTemporaryDirectory() + "scrivener-agents-\(UUID().uuidString).JSON"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data(#"{"agents": 5}"#.utf8).write(to: URL(filePath: file))
        let error = #expect(throws: ScrivenerError.self) { try ExecAgentFile.read(file) }
        #expect(error?.message.hasPrefix(file) == true)
        #expect(error?.mistakes.map(\.path) == ["/agents"])
    }
}
