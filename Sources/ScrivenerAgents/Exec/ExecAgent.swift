// An agent that is a program: any language, one process an attempt. `docs/agents/exec.md` says what the
// program reads and writes.

import Foundation
public import ScrivenerAgentKit
public import ScrivenerModel

/// Runs a program for each attempt, and takes what it writes for the result.
public struct ExecAgent: BaseAgent {
    public let settings: ExecAgentSettings

    public var name: String { settings.identity.name }
    public var capabilities: [String] { settings.identity.capabilities }
    public var tags: [String] { settings.identity.tags }
    public var slots: Int32? { settings.identity.slots }
    public var version: String { settings.identity.version }

    public init(_ settings: ExecAgentSettings) { self.settings = settings }

    public func initialize() async throws { try await settings.sandbox?.check(of: name) }

    public func execute(
        _ task: AgentTask, context: AgentContext
    ) async throws -> AgentResult {
        // When it is removed nothing of the child is left that could write there.
        try await context.withWorkingFolder { folder in
            let outcome = try await context.run(command(for: task, context, folder)) { line in
                guard let report = ExecReport(line) else { return false }
                report.pass(to: context)
                return true
            }
            return try ExecReply.result(
                of: outcome, within: settings.limits, isSandboxed: settings.sandbox != nil)
        }
    }

    private func command(
        for task: AgentTask, _ context: AgentContext, _ folder: String
    ) throws -> ChildCommand {
        let place = settings.workingDirectory ?? folder
        var command = ChildCommand(
            settings.arguments(in: place, writable: place == folder ? [] : [folder]),
            inheritedVariables: settings.environment.filter { !Self.ownVariables.contains($0) },
            variables: Self.traceVariables(context), workingDirectory: place,
            maximumOutputBytes: settings.maximumOutputBytes, emitsErrors: true,
            terminationGrace: settings.terminationGrace, limits: settings.limits)
        let request = ExecRequest.bytes(of: task, context) + [0x0A]
        switch settings.request {
        case .stdin: command.input = request
        case .file:
            let path = folder + "/request.json"
            try Data(request).write(to: URL(filePath: path))
            command.variables[Self.requestVariable] = path
        }
        return command
    }

    private static let requestVariable = "SCRIVENER_REQUEST"
    private static let traceNames = ["TRACEPARENT", "TRACESTATE"]
    /// Never the worker's.
    static let ownVariables = traceNames + [requestVariable]

    /// Where the attempt stands in a trace, under the names that tracing tools know. Never the worker's own: that
    /// would be another trace.
    private static func traceVariables(_ context: AgentContext) -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: zip(traceNames, [context.traceparent, context.tracestate])
                .compactMap { name, value in value.map { (name, $0) } })
    }
}
