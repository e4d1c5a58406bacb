// An agent that is a program: any language, one process an attempt. `docs/agents.md` says what the
// program reads and writes.

import Foundation
import Logging
public import ScrivenerAgentKit
public import ScrivenerModel

/// Runs a program for each attempt, and takes what it writes for the result.
public struct ExecAgent: BaseAgent {
    public let settings: ExecAgentSettings

    public var name: String { settings.name }
    public var capabilities: [String] { settings.capabilities }

    public init(_ settings: ExecAgentSettings) { self.settings = settings }

    public func execute(
        _ task: AgentTask, context: AgentContext
    ) async throws -> AgentResult {
        let folder = try settings.workingDirectory.map { AttemptFolder(existing: $0) } ?? .make()
        // When this runs nothing of the child is left that could write there.
        defer { folder.remove(context) }
        let outcome = try await context.run(
            ChildCommand(
                settings.command, input: ExecRequest.bytes(of: task, context),
                inheritedVariables: settings.environment.filter { !Self.traceNames.contains($0) },
                variables: Self.traceVariables(context), workingDirectory: folder.path,
                maximumOutputBytes: settings.maximumOutputBytes, emitsErrors: true,
                terminationGrace: settings.terminationGrace))
        return try ExecReply.result(of: outcome)
    }

    private static let traceNames = ["TRACEPARENT", "TRACESTATE"]

    /// Where the attempt stands in a trace, under the names that tracing tools know. Never the worker's own: that
    /// would be another trace.
    private static func traceVariables(_ context: AgentContext) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: zip(traceNames, [context.traceparent, context.tracestate])
                .compactMap { name, value in value.map { (name, $0) } })
    }
}

/// Where an attempt works.
private struct AttemptFolder {
    let path: String
    let isTemporary: Bool

    init(existing path: String) {
        self.path = path
        isTemporary = false
    }

    private init(temporary path: String) {
        self.path = path
        isTemporary = true
    }

    static func make() throws(AgentFailure) -> AttemptFolder {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "scrivener-attempt-\(UUID().uuidString)").path(percentEncoded: false)
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        } catch {
            throw AgentFailure(
                .transient, code: "no_working_directory",
                message: "the folder of the attempt cannot be made: \(error)")
        }
        return AttemptFolder(temporary: path)
    }

    func remove(_ context: AgentContext) {
        guard isTemporary else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            context.logger.warning(
                "the folder of an attempt cannot be removed",
                metadata: ["folder": "\(path)", "error": "\(error)"])
        }
    }
}
