// The progress of sessions elsewhere: for each reader a stream of events, which is opened again where it left
// off as often as it breaks, until the session has ended.

import Logging
import ScrivenerClient
import ScrivenerModel
import ServiceLifecycle
import Synchronization

/// Runs the streams of a connected orchestrator.
final class RemoteFeeds: Service {
    private struct Reader: Sendable {
        let sessionID: String
        let reports: AsyncStream<ProgressReport>.Continuation
        let onLoss: @Sendable (ScrivenerError) -> Void
        /// Finished when nobody reads any more.
        let presence: AsyncStream<Void>
    }

    /// Who reads.
    private struct Readers: Sendable {
        var open: [UInt64: AsyncStream<ProgressReport>.Continuation] = [:]
        var last: UInt64 = 0
        /// The orchestrator has ended.
        var areOver = false
    }

    private let client: APIClient
    private let logger: Logger
    private let arrivals: AsyncStream<Reader>
    private let arrival: AsyncStream<Reader>.Continuation
    private let readers = Mutex(Readers())

    init(client: APIClient, logger: Logger) {
        self.client = client
        self.logger = logger
        (arrivals, arrival) = AsyncStream.makeStream()
    }

    /// The session's progress, the newest only, until its end or the orchestrator's.
    ///
    /// - Parameter onLoss: called before it ends for another reason, with that.
    func follow(
        _ sessionID: String, onLoss: @escaping @Sendable (ScrivenerError) -> Void
    ) -> AsyncStream<ProgressReport> {
        let (stream, reports) = AsyncStream.makeStream(
            of: ProgressReport.self, bufferingPolicy: .bufferingNewest(1))
        let (presence, present) = AsyncStream.makeStream(of: Void.self)
        let number = readers.withLock { readers -> UInt64? in
            guard !readers.areOver else { return nil }
            readers.last += 1
            readers.open[readers.last] = reports
            return readers.last
        }
        guard let number else {
            reports.finish()
            return stream
        }
        reports.onTermination = { _ in
            _ = self.readers.withLock { $0.open.removeValue(forKey: number) }
            present.finish()
        }
        arrival.yield(
            Reader(sessionID: sessionID, reports: reports, onLoss: onLoss, presence: presence))
        return stream
    }

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for await reader in arrivals.cancelOnGracefulShutdown() {
                group.addTask { await self.attend(reader) }
            }
            group.cancelAll()
        }
        let left = readers.withLock { readers in
            readers.areOver = true
            return Array(readers.open.values)
        }
        for reports in left { reports.finish() }
    }

    private func attend(_ reader: Reader) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.feed(reader) }
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
            case .restored: self.note(.info, "the progress of a session is heard again", reader)
            case .interrupted(let error, _):
                self.note(.info, "the progress of a session is not heard", reader, error)
            case .lost(let error):
                self.note(.warning, "a session can be followed no more", reader, error)
                reader.onLoss(ScrivenerError(error))
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
