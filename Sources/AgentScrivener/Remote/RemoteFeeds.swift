// The progress of sessions elsewhere: for each reader a stream of events, which is opened again where it left
// off as often as it breaks, until the session has ended.

import Logging
import ScrivenerClient
import ScrivenerModel
import ServiceLifecycle

/// Runs the streams of a connected orchestrator.
struct RemoteFeeds: Service {
    private struct Reader: Sendable {
        let sessionID: String
        let reports: AsyncStream<ProgressReport>.Continuation
        /// Finished when nobody reads any more.
        let presence: AsyncStream<Void>
    }

    private let client: APIClient
    private let logger: Logger
    private let readers: AsyncStream<Reader>
    private let arrivals: AsyncStream<Reader>.Continuation

    init(client: APIClient, logger: Logger) {
        self.client = client
        self.logger = logger
        (readers, arrivals) = AsyncStream.makeStream()
    }

    /// The session's progress, the newest only, until its end or the orchestrator's.
    func follow(_ sessionID: String) -> AsyncStream<ProgressReport> {
        let (stream, reports) = AsyncStream.makeStream(
            of: ProgressReport.self, bufferingPolicy: .bufferingNewest(1))
        let (presence, present) = AsyncStream.makeStream(of: Void.self)
        reports.onTermination = { _ in present.finish() }
        let reader = Reader(sessionID: sessionID, reports: reports, presence: presence)
        if case .terminated = arrivals.yield(reader) { reports.finish() }
        return stream
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await reader in readers.cancelOnGracefulShutdown() {
                group.addTask { await attend(reader) }
            }
            group.cancelAll()
        }
        arrivals.finish()
        // Those that came too late.
        for await reader in readers { reader.reports.finish() }
    }

    private func attend(_ reader: Reader) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await feed(reader) }
            group.addTask { for await _ in reader.presence {} }
            await group.next()
            group.cancelAll()
        }
        reader.reports.finish()
    }

    /// For ever: the session goes on while its coordinator is away, and will be there.
    private func feed(_ reader: Reader) async {
        let feed = ProgressFeed(client: client, sessionID: reader.sessionID, patience: nil)
        await feed.run { update in
            switch update {
            // After an outage the newest report may be one that was seen: it says nothing wrong.
            case .report(let report, _), .ended(let report, _): reader.reports.yield(report)
            case .restored: note(.info, "the progress of a session is heard again", reader)
            case .interrupted(let error, _):
                note(.info, "the progress of a session is not heard", reader, error)
            case .lost(let error, _):
                note(.warning, "a session can be followed no more", reader, error)
            }
        }
    }

    private func note(
        _ level: Logger.Level, _ text: Logger.Message, _ reader: Reader, _ error: APIError? = nil
    ) {
        var metadata: Logger.Metadata = ["session": "\(reader.sessionID)"]
        if let error { metadata["error"] = "\(ScrivenerError(error))" }
        logger.log(level: level, text, metadata: metadata)
    }
}
