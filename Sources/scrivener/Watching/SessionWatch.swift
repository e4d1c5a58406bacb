// The shell around `WatchMachine`: one loop that owns the display and takes what the stream of
// events, the clock and the keyboard say.

import ScrivenerClient
import ScrivenerModel
import UnixSignals

/// Waits for a session's end, and shows its progress on stderr meanwhile.
struct SessionWatch: Sendable {
    /// How many ready tasks are asked about, at most, to find out whether a session is stuck.
    static let maximumQuestions = 10

    let client: APIClient
    let sessionID: String
    let limits: WatchMachine.Limits
    /// Gets each report as the coordinator sent it.
    var onReport: @Sendable (String) -> Void = { _ in }

    private enum Happening: Sendable {
        case update(ProgressFeed.Update)
        case event(WatchMachine.Event)
    }

    /// Returns when the session has ended, or when there is a reason to wait no longer.
    func run() async -> WatchOutcome {
        var display = ProgressDisplay(style: .of(.error))
        let (happenings, source) = AsyncStream<Happening>.makeStream(
            bufferingPolicy: .bufferingNewest(4_096))
        let period: Duration = display.isAnimated ? .milliseconds(120) : .milliseconds(250)
        let outcome = await withTaskGroup(of: Void.self, returning: WatchOutcome.self) { group in
            let feed = ProgressFeed(
                client: client, sessionID: sessionID, patience: APIClient.streamPatience)
            group.addTask { await feed.run { source.yield(.update($0)) } }
            group.addTask { await Self.tick(every: period) { source.yield(.event(.tick)) } }
            group.addTask { await Self.onInterrupt { source.yield(.event(.interrupt)) } }
            defer { group.cancelAll() }
            return await attend(happenings, display: &display) {
                group.addTask { source.yield(.event(.explained(await placement()))) }
            }
        }
        display.close()
        return outcome
    }

    private func attend(
        _ happenings: AsyncStream<Happening>, display: inout ProgressDisplay,
        askWhy: () -> Void
    ) async -> WatchOutcome {
        let start = ContinuousClock.now
        var machine = WatchMachine(limits: limits)
        for await happening in happenings {
            let now = ContinuousClock.now - start
            for effect in machine.handle(event(for: happening), at: now) {
                switch effect {
                case .show(let report): display.show(report, at: now)
                case .note(let text): display.note(text, at: now)
                case .askWhy: askWhy()
                case .finish(let outcome): return outcome
                }
            }
            display.tick(at: now)
        }
        return .interrupted
    }

    private func event(for happening: Happening) -> WatchMachine.Event {
        switch happening {
        case .event(let event): return event
        case .update(.report(let report, let json)):
            onReport(json)
            return .report(report)
        case .update(.ended(let report, let json)):
            onReport(json)
            return .ended(report)
        case .update(.interrupted(let error, _)):
            return .streamInterrupted(reason: error.failure.message)
        case .update(.restored): return .streamRestored
        case .update(.lost(let error)):
            return .streamLost(error.isPassing ? givenUp(error) : error.failure)
        }
    }

    private func givenUp(_ error: APIError) -> CommandFailure {
        CommandFailure(
            "lost sight of session \(sessionID): \(error.failure.message); "
                + "gave up after \(APIClient.streamPatience.components.seconds) s",
            hint: "The session does not depend on this command. See it again with:\n"
                + "scrivener session watch \(sessionID)")
    }

    /// Asks why the ready tasks do not run. One that waits for something that passes is enough to
    /// go on waiting.
    private func placement() async -> WatchMachine.Placement {
        do {
            let tasks = try await client.tasks(of: sessionID)
            let ready = tasks.filter { $0.status == .ready }.prefix(Self.maximumQuestions)
            var explanations: [Explanation] = []
            for task in ready {
                let explanation = try await client.explanation(
                    of: task.taskID, in: sessionID)
                guard explanation.reason == .unplaceable else { return .passing }
                explanations.append(explanation)
            }
            return explanations.isEmpty ? .passing : .unplaceable(explanations)
        } catch {
            return .passing
        }
    }

    private static func tick(every period: Duration, _ yield: () -> Void) async {
        while true {
            do { try await Task.sleep(for: period) } catch { return }
            yield()
        }
    }

    private static func onInterrupt(_ yield: () -> Void) async {
        for await _ in await UnixSignalsSequence(trapping: .sigint) { yield() }
    }
}
