// Waiting for a session, as `submit --wait`, `watch`, `cancel --wait` and `research` do it: progress
// meanwhile, and in the end an exit code that says how it went.

import ArgumentParser
import ScrivenerClient
import ScrivenerModel

/// Waits for one session.
struct SessionWaiting: Sendable {
    let client: APIClient
    let sessionID: String
    let limits: WatchMachine.Limits
    let data: DataOutput

    /// Says which session is waited for, so that it can be found whatever becomes of the wait.
    static func announce(_ sessionID: String) {
        StandardStream.error.write("session " + TerminalText.cleaned(sessionID) + "\n")
    }

    /// Waits, prints the session as it ended, and throws its exit code unless that is success.
    func waitAndPrint() async throws {
        let report = try await waitForEnd()
        let session = try await client.session(sessionID)
        try data.write(document: session.bytes, request: "GET /v1/sessions/\(sessionID)") {
            Tables.session(session.value)
        }
        try await conclude(report)
    }

    /// Waits until the session has ended.
    ///
    /// - Throws: `CommandFailure` when waiting ended earlier.
    func waitForEnd(
        onReport: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> ProgressReport {
        let watch = SessionWatch(
            client: client, sessionID: sessionID, limits: limits, onReport: onReport)
        switch await watch.run() {
        case .ended(let report): return report
        case .timedOut: throw timedOut
        case .interrupted: throw interrupted
        case .unplaceable(let explanations): throw unplaceable(explanations)
        case .lost(let failure): throw failure
        }
    }

    /// Says what went wrong in a session that has ended, and throws its exit code if anything did.
    func conclude(_ report: ProgressReport) async throws {
        let status = ExitStatus(ended: report) ?? .error
        guard status != .success else { return }
        if status == .finishedWithFailures, let tasks = try? await client.tasks(of: sessionID) {
            let text = TaskFailures.lines(tasks).map { TerminalText.cleaned($0) + "\n" }.joined()
            StandardStream.error.write(text)
        }
        throw ExitCode(status.rawValue)
    }

    private var timedOut: CommandFailure {
        let limit = limits.timeout.map { Readable.seconds($0.inSeconds) } ?? "the time given"
        return CommandFailure(
            "session \(sessionID) has not ended within \(limit)", hint: goesOn,
            status: .timedOut)
    }

    private var interrupted: CommandFailure {
        CommandFailure("interrupted", hint: goesOn, status: .interrupted)
    }

    private var goesOn: String {
        "The session goes on. To see it: scrivener session watch \(sessionID)\n"
            + "To stop it: scrivener session cancel \(sessionID)"
    }

    private func unplaceable(_ explanations: [Explanation]) -> CommandFailure {
        let limit = limits.unplaceableAfter.map { Readable.seconds($0.inSeconds) } ?? "a while"
        let lines = explanations.map { "\n  task \($0.taskID): \($0.message)" }.joined()
        return CommandFailure(
            "session \(sessionID) cannot move: for \(limit) no worker has offered what its "
                + "tasks require" + lines,
            hint: "What the workers offer: scrivener worker list\n"
                + "The session goes on by itself when a worker comes that offers it.",
            status: .unplaceable)
    }
}
