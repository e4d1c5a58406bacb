// A child that serves one attempt, and is spoken with while it does.

extension AgentContext {
    /// Runs a child that is spoken with, to its end. As `run(_:)`, but the command's input and its limit of
    /// output do not count.
    ///
    /// - Throws: as `run(_:hearing:)`; `child_output_too_large` for a line.
    package func run(
        _ command: ChildCommand, _ conversation: ChildConversation
    ) async throws -> ChildOutcome {
        var passOn: (@Sendable (String) -> Void)?
        if command.emitsErrors { passOn = { emit($0) } }
        return try await ChildRun(
            command: command, children: children, logger: logger,
            errors: ChildErrorListener(emit: passOn), conversation: conversation
        ).outcome()
    }
}
