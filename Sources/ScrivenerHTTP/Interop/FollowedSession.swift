// A session that somebody follows in another protocol: what it says of its progress in that protocol's
// messages, and what it came to when it is over, or when whoever asked wants to wait no longer.

import ScrivenerModel
import Synchronization

/// What a session's progress is in the messages of a protocol.
protocol ProgressTelling: Sendable {
    /// What the stream begins with.
    func beginning() async throws -> [StreamEvent]
    /// - Parameter last: what was told before, if anything was.
    func moved(_ report: ProgressReport, from last: ProgressReport?) throws -> [StreamEvent]
    /// What the stream ends with: the session is over, or the time is up, or the coordinator stops.
    func ended() async throws -> [StreamEvent]
}

/// The events of one who follows.
final class FollowedSession<Teller: ProgressTelling>: EventSource {
    private struct State {
        /// What was not told yet. Of reports that nobody had time for, the latest counts.
        var report: ProgressReport?
        var isOver: Bool
    }

    let teller: Teller
    let wakes: AsyncStream<FeedWake>
    let waker: AsyncStream<FeedWake>.Continuation
    private let following: Following
    private let patience: Duration?
    private let state: Mutex<State>

    /// - Parameter patience: how long to follow it; to its end when `nil`.
    init(_ following: Following, patience: Duration? = nil, teller: Teller) {
        self.following = following
        self.patience = patience
        self.teller = teller
        (wakes, waker) = AsyncStream.makeStream(
            of: FeedWake.self, bufferingPolicy: .bufferingNewest(1))
        state = Mutex(State(isOver: following.reports == nil))
    }

    func accompany() async {
        guard let reports = following.reports else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await report in reports {
                    self.take(report)
                    if report.status.isTerminal { return }
                }
            }
            if let patience {
                group.addTask { _ = try? await Task.sleep(for: patience) }
            }
            _ = await group.next()
            group.cancelAll()
        }
        state.withLock { $0.isOver = true }
        waker.yield(.news)
    }

    private func take(_ report: ProgressReport) {
        state.withLock { $0.report = report }
        waker.yield(.news)
    }

    /// Returns when the session is over, or was followed for long enough.
    ///
    /// - Throws: `CancellationError` where the coordinator stops before.
    func awaitEnd() async throws {
        try await cancelledAtShutdown {
            await accompany()
            try Task.checkCancellation()
        }
    }

    func beginning() async throws -> ([StreamEvent], ProgressReport?) {
        waker.yield(.news)
        return (try await teller.beginning(), nil)
    }

    /// - Parameter place: the report that was told last.
    func next(after place: inout ProgressReport?) async throws -> NextEvents {
        let (report, isOver) = state.withLock { state in
            defer { state.report = nil }
            return (state.report, state.isOver)
        }
        if let report {
            let events = try teller.moved(report, from: place)
            if !events.isEmpty {
                place = report
                return NextEvents(events: events)
            }
        }
        guard isOver else { return NextEvents(events: []) }
        return NextEvents(events: try await teller.ended(), isLast: true)
    }
}
