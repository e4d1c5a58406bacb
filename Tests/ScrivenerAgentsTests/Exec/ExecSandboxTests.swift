// Sandboxes: what bubblewrap is told, and what becomes of an agent where it cannot do it. A script stands in for
// `bwrap`, which few hosts have; `scripts/agents-check` uses the real one where there is one.

import Foundation
import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ExecSandboxTests {
    /// A stand-in, in a folder of its own, that does as the script says.
    private func withProgram<Value>(
        _ script: String, _ body: (ExecSandbox) async throws -> Value
    ) async throws -> Value {
        let folder = NSTemporaryDirectory() + "scrivener-sandbox-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        try Data("#!/bin/sh\n\(script)\n".utf8).write(to: URL(filePath: folder + "/bwrap"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755], ofItemAtPath: folder + "/bwrap")
        let program = try #require(ExecSandbox.program(in: ["/no/such/folder", folder]))
        return try await body(ExecSandbox(program: program))
    }

    /// Becomes what stands behind the options, and says first what it was told.
    private static let passing = """
        echo "$*" >&2
        while [ "$1" != -- ]; do shift; done
        shift
        exec "$@"
        """

    private func agent(_ sandbox: ExecSandbox, _ script: String) -> ExecAgent {
        ExecAgent(
            ExecAgentSettings(
                AgentIdentity(name: "boxed"), command: ["/bin/sh", "-c", script],
                request: .file, workingDirectory: "/usr", sandbox: sandbox))
    }

    private let task = AgentTask(sessionID: "s", query: "q", taskID: "t", taskType: "x")
    private let context = AgentContext(
        attempt: 1, idempotencyKey: "s/t", deadline: nil, logger: Logger(label: "test")
    ) { _ in }

    @Test func `The system is read-only, the folder writable, and there is no network`() {
        var sandbox = ExecSandbox(program: "/usr/bin/bwrap", readablePaths: ["/srv/models"])
        let words = sandbox.arguments(
            ["python3", "a.py"], in: "/attempts/a", writable: ["/attempts/b"]
        )
        .joined(separator: " ")
        #expect(words.hasPrefix("/usr/bin/bwrap --unshare-all --cap-drop ALL --ro-bind-try /usr"))
        for part in [
            " --tmpfs /tmp ", " --ro-bind /srv/models /srv/models ",
            " --bind /attempts/a /attempts/a --bind /attempts/b /attempts/b --chdir /attempts/a ",
        ] { #expect(words.contains(part)) }
        #expect(words.hasSuffix(" --setenv HOME /attempts/a -- python3 a.py"))
        #expect(!words.contains("--share-net"))
        // It would take the program's grace from it.
        #expect(!words.contains("--die-with-parent"))
        sandbox.hasNetwork = true
        #expect(sandbox.arguments(["a"], in: "/w", writable: []).contains("--share-net"))
    }

    @Test func `A program runs in its sandbox`() async throws {
        try await withProgram(Self.passing) { sandbox in
            let agent = agent(sandbox, #"test -r "$SCRIVENER_REQUEST" && echo '"boxed"'"#)
            try await agent.initialize()
            let result = try await agent.execute(task, context: context)
            #expect(result.payload == RawJSON(#""boxed""#))
        }
    }

    /// As a shell does, bubblewrap tells of a signal by a code.
    @Test func `A signal in a sandbox is known as one`() async throws {
        try await withProgram("exit 139") { sandbox in
            let failure = await #expect(throws: AgentFailure.self) {
                try await agent(sandbox, "true").execute(task, context: context)
            }
            #expect(failure?.code == "signal")
            #expect(failure?.message.contains("signal 11") == true)
        }
    }

    /// A kernel that gives nobody namespaces: better no worker than one without the sandbox that was asked for.
    @Test func `Where no sandbox can be made, the agent does not start`() async throws {
        try await withProgram("echo 'bwrap: No permissions' >&2; exit 1") { sandbox in
            let failure = await #expect(throws: AgentFailure.self) {
                try await agent(sandbox, "true").initialize()
            }
            #expect(failure?.failureClass == .permanent)
            #expect(failure?.code == "sandbox_unavailable")
            #expect(failure?.message.contains("No permissions") == true)
        }
    }
}
