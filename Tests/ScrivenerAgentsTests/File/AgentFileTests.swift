// The file that describes a worker's agents: people write it by hand, and it is copied to many hosts.

import Foundation
import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct AgentFileTests {
    private func read(_ text: String, isJSON: Bool = false) throws -> [AgentDescription] {
        try AgentFile.descriptions(in: Array(text.utf8), isJSON: isJSON)
    }

    private func mistakes(_ text: String, isJSON: Bool = false) -> [String] {
        do {
            _ = try read(text, isJSON: isJSON)
            return []
        } catch {
            let error = error as? ScrivenerError
            return error?.mistakes.map { "\($0.path): \($0.message)" } ?? ["\(error as Any)"]
        }
    }

    @Test func `Every field, and the least that is enough`() throws {
        let full = ExecAgentSettings(
            AgentIdentity(
                name: "summarise", capabilities: ["summary"], tags: ["gpu"], slots: 2,
                version: "1.4 (beta)"),
            command: ["sh", "-c", "cat"], environment: ["PATH", "API_KEY"],
            workingDirectory: "/usr", maximumOutputBytes: 4_096, terminationGrace: .seconds(2.5))
        let plain = ExecAgentSettings(AgentIdentity(name: "plain"), command: ["/bin/sh"])
        let descriptions = try read(
            """
            agents:
              - name: summarise
                capabilities: [summary]
                tags: [gpu]
                slots: 2
                version: 1.4 (beta)
                command: [sh, -c, cat]
                environment: [PATH, API_KEY]
                working_directory: /usr
                max_output_bytes: 4096
                termination_grace_seconds: 2.5
              - name: plain
                command: [/bin/sh]
            """)
        #expect(descriptions == [.exec(full), .exec(plain)])
        #expect(
            try read(#"{"agents": [{"name": "plain", "command": ["/bin/sh"]}]}"#, isJSON: true)
                == [.exec(plain)])
    }

    @Test func `What a program may use, and how it is spoken with`() throws {
        var limited = ExecAgentSettings(
            AgentIdentity(name: "limited"), command: ["/bin/sh"], request: .file)
        limited.limits.memoryBytes = 512 << 20
        limited.limits.processorTime = .seconds(0.5)
        limited.limits.wallTime = .seconds(60)
        let server = ExecAgentSettings(
            AgentIdentity(name: "server"), command: ["/bin/sh"], mode: .serve,
            startPatience: .seconds(120))
        #expect(
            try read(
                """
                agents:
                  - name: limited
                    command: [/bin/sh]
                    request: file
                    max_memory_mib: 512
                    max_cpu_seconds: 0.5
                    max_wall_seconds: 60
                  - {name: server, command: [/bin/sh], mode: serve, start_seconds: 120}
                """) == [.exec(limited), .exec(server)])
    }

    /// A setting that does nothing would be believed to do something.
    @Test func `What means nothing is refused`() {
        #expect(
            mistakes(
                """
                agents:
                  - {name: a, command: [/bin/sh], start_seconds: 5, request: pipe}
                  - {name: b, command: [/bin/sh], mode: serve, max_cpu_seconds: 5, request: file}
                  - {name: c, command: [/bin/sh], sandbox_network: true, max_memory_mib: 0}
                  - {name: d, command: [/bin/sh], sandbox: docker}
                """) == [
                    "/agents/0/request: is no such word",
                    "/agents/0/start_seconds: means nothing with mode: run",
                    "/agents/1/request: means nothing with mode: serve",
                    "/agents/1/max_cpu_seconds: means nothing with mode: serve",
                    "/agents/2/max_memory_mib: out of range",
                    "/agents/2/sandbox_network: means nothing without sandbox",
                    "/agents/3/sandbox: is no such word",
                ])
    }

    /// A program that was to be locked in must not run free because a package is missing.
    @Test func `A sandbox that is not there is a mistake`() {
        let found = mistakes(
            """
            agents:
              - name: a
                command: [/bin/sh]
                sandbox: bubblewrap
                sandbox_network: true
                sandbox_paths: [/usr, relative]
            """)
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let isThere = ExecSandbox.program(in: folders.map(String.init)) != nil
        #expect(
            found == ["/agents/0/sandbox_paths/1: must be an absolute path of what is there"]
                + (isThere
                    ? []
                    : [
                        "/agents/0/sandbox: there is no bwrap in PATH: install bubblewrap on this host"
                    ]))
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
                    slots: 0
                    tags: ["b c"]
                    version: 5
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
                    "/agents/0/capabilities/1: must be 1…128 characters of a–z A–Z 0–9 _ - . :",
                    "/agents/0/environment/0: must be the name of a variable",
                    "/agents/0/command/0: there is no such program in PATH",
                    "/agents/1/tags/0: must be 1…128 characters of a–z A–Z 0–9 _ - . :",
                    "/agents/1/slots: out of range",
                    "/agents/1/version: must be a text",
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

    /// A field of one kind beside another's is a mistake of copying, and would do nothing.
    @Test func `An agent is of exactly one kind`() {
        #expect(
            mistakes("agents: [{name: a}]") == [
                "/agents/0: must say in one way what the agent is"
            ])
        #expect(
            mistakes("agents: [{name: a, command: [/bin/sh], mcp: {}}]") == [
                "/agents/0: must say in one way what the agent is"
            ])
        #expect(
            mistakes("agents: [{name: a, http: {}, environment: [PATH]}]").first
                == "/agents/0/environment: there is no such field")
    }

    @Test func `A file that cannot be read at all says why`() throws {
        #expect(mistakes("agents: []") == ["/agents: must be a list of agents"])
        #expect(mistakes("agent: []").contains("/agent: there is no such field"))
        #expect(mistakes("[]") == [": must be an object"])
        #expect(mistakes("a: [") != [])
        #expect(
            mistakes(#"{"agents": [}"#, isJSON: true) == [": byte 12: unexpected character"])
        for path in ["/no/such/file.yaml", "/usr"] {
            let error = #expect(throws: ScrivenerError.self) { try AgentFile.read(path) }
            #expect(error?.code == .configurationInvalid)
        }
        let file = NSTemporaryDirectory() + "scrivener-agents-\(UUID().uuidString).JSON"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try Data(#"{"agents": 5}"#.utf8).write(to: URL(filePath: file))
        let error = #expect(throws: ScrivenerError.self) { try AgentFile.read(file) }
        #expect(error?.message.hasPrefix(file) == true)
        #expect(error?.mistakes.map(\.path) == ["/agents"])
    }
}
