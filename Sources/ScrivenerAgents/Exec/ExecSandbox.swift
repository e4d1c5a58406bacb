// A sandbox for a program, made by bubblewrap (`bwrap`): namespaces of its own, so that it sees no other process,
// no network, and of the files what the system consists of, and can write to its folder only.
//
// Two of bubblewrap's options are left out on purpose. With `--die-with-parent` the program would be killed at the
// first SIGTERM to its group, without its grace; the worker's guard sees to what that is for. With `--new-session`
// the worker would lose sight of it; it has no terminal from which that would protect. Whatever it starts dies with
// its PID namespace, daemons included.

import Foundation
import Logging
import ScrivenerAgentKit
import ScrivenerModel

/// What a sandboxed program may.
public struct ExecSandbox: Sendable, Equatable {
    /// The path of `bwrap`.
    public var program: String
    public var hasNetwork: Bool
    /// What it can read beside the system.
    public var readablePaths: [String]

    public init(program: String, hasNetwork: Bool = false, readablePaths: [String] = []) {
        self.program = program
        self.hasNetwork = hasNetwork
        self.readablePaths = readablePaths
    }

    /// The program in one of the folders.
    static func program(in folders: [String]) -> String? {
        folders.map { $0 + "/bwrap" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    private static let systemFolders = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt",
    ]
    /// Where a worker's own configuration may lie, and keys beside it.
    private static let hiddenFolder = "/etc/scrivener"
    /// What `/etc/resolv.conf` often points to.
    private static let resolverFolder = "/run/systemd/resolve"

    func arguments(
        _ command: [String], in folder: String, writable folders: [String]
    ) -> [String] {
        var arguments = [program, "--unshare-all", "--cap-drop", "ALL"]
        if hasNetwork { arguments.append("--share-net") }
        func readable(_ path: String) { arguments += ["--ro-bind-try", path, path] }
        for path in Self.systemFolders { readable(path) }
        if FileManager.default.fileExists(atPath: Self.hiddenFolder) {
            arguments += ["--tmpfs", Self.hiddenFolder]
        }
        if hasNetwork { readable(Self.resolverFolder) }
        arguments += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]
        for path in readablePaths { arguments += ["--ro-bind", path, path] }
        if let path = command.first, path.hasPrefix("/") { readable(path) }
        for path in [folder] + folders { arguments += ["--bind", path, path] }
        return arguments + ["--chdir", folder, "--setenv", "HOME", folder, "--"] + command
    }

    /// Sees whether a sandbox can be made here: the kernel may forbid what bubblewrap needs.
    ///
    /// - Throws: `AgentFailure` of class `permanent` when not.
    func check(of agent: String) async throws {
        let context = AgentContext(
            attempt: 1, idempotencyKey: agent, deadline: nil, logger: Logger(label: agent)
        ) { _ in }
        let outcome = try await context.withWorkingFolder { folder in
            try await context.run(
                ChildCommand(
                    arguments(["true"], in: folder, writable: []), workingDirectory: folder))
        }
        guard outcome.ending == .exited(0) else {
            throw AgentFailure(
                .permanent, code: "sandbox_unavailable",
                message: "agent \(agent) asks for a sandbox, and \(program) cannot make one here: "
                    + outcome.errorTail.joined(separator: " "))
        }
    }
}
