// Delivers what callbacks are to be told. It works in rounds: what attempts have come to since the
// last one goes to disk in one transaction, what is due comes back with it, and new attempts begin.
// Nothing is kept here but what is under way, so however much waits takes no memory, and a start goes
// on where the last process stopped. The journal is asked at most twenty times a second.

import Logging
import ScrivenerModel
import ScrivenerShell
import ScrivenerStore
import ServiceLifecycle
import Synchronization

/// Tells callbacks.
final class DeliveryService: Sendable {
    /// So long a round waits for others that end at about the same time.
    private static let gathering = Duration.milliseconds(50)
    /// How long to wait before the journal is asked again that could not answer.
    private static let retryInterval = TimeSpan.seconds(1)
    /// The longest sleep: the wall clock may be set meanwhile.
    private static let longestSleep = TimeSpan.seconds(60)
    /// How old the count of pending deliveries becomes that monitoring is shown.
    private static let countInterval = TimeSpan.seconds(5)

    private struct Report {
        var delivery: DueDelivery
        var outcome: DeliveryOutcome
        var at: WallTime
    }

    private struct Inbox {
        var reports: [Report] = []
        /// Of the timers that have gone off, the one that was set last.
        var firedTimer = 0
    }

    private let journal: JournalReader
    private let sender: CallbackSender
    private let policy: DeliveryPolicy
    private let meters: DeliveryMeters
    private let logger: Logger
    private let inbox = Mutex(Inbox())
    private let wakes: AsyncStream<Void>
    private let alarm: AsyncStream<Void>.Continuation

    init(
        journal: JournalReader, reach: WebhookReach, policy: DeliveryPolicy = DeliveryPolicy(),
        meters: DeliveryMeters, logger: Logger
    ) {
        self.journal = journal
        self.policy = policy
        self.meters = meters
        self.logger = logger
        sender = CallbackSender(reach: reach, threads: DeliveriesUnderway.limit)
        (wakes, alarm) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// There is something new to tell. From any thread.
    func wake() { alarm.yield() }

    /// Delivers until graceful shutdown, or until the task is cancelled. What is under way then is
    /// given up, and tried again after the next start.
    func run() async {
        wake()
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { group in
                await deliver(in: &group)
                group.cancelAll()
            }
        } onGracefulShutdown: { [alarm] in
            alarm.finish()
        }
        await sender.close()
        try? await journal.settle(settled(takeInbox().reports).map(\.settlement))
    }

    // MARK: Rounds

    private func deliver(in group: inout DiscardingTaskGroup) async {
        var round = Round()
        for await _ in wakes {
            do {
                try await Task.sleep(for: Self.gathering)
            } catch { return }
            let taken = takeInbox()
            round.reports += taken.reports
            round.timerHasFired(taken.firedTimer)
            let now = BootClock.wall
            do throws(ScrivenerError) {
                try await settle(&round, at: now)
                let due = try await begin(&round, at: now, in: &group)
                set(due, &round, at: now, in: &group)
                round.waitsForJournal = false
            } catch {
                guard error.code != .shuttingDown else { return }
                if !round.waitsForJournal {
                    logger.error(
                        "webhooks wait for the journal", metadata: ["error": "\(error)"])
                }
                round.waitsForJournal = true
                set(now.advanced(by: Self.retryInterval), &round, at: now, in: &group)
            }
        }
    }

    /// What lasts from round to round.
    private struct Round {
        var underway = DeliveriesUnderway()
        /// What attempts have come to, and is not on disk yet.
        var reports: [Report] = []
        var countedAt: WallTime?
        /// Whether the journal could not do what the last round asked of it.
        var waitsForJournal = false
        /// The earliest timer that is set.
        private(set) var timer: (number: Int, at: WallTime)?
        private var lastTimer = 0

        mutating func setTimer(at time: WallTime) -> Int {
            lastTimer += 1
            timer = (lastTimer, time)
            return lastTimer
        }

        mutating func timerHasFired(_ number: Int) {
            if number == timer?.number { timer = nil }
        }
    }

    private func settle(_ round: inout Round, at now: WallTime) async throws(ScrivenerError) {
        guard !round.reports.isEmpty else { return }
        let settled = settled(round.reports)
        try await journal.settle(settled.map(\.settlement))
        for report in round.reports { round.underway.end(report.delivery) }
        for (report, settlement) in settled { tell(report, settlement) }
        round.reports.removeAll()
    }

    /// - Returns: when to look again.
    private func begin(
        _ round: inout Round, at now: WallTime, in group: inout DiscardingTaskGroup
    ) async throws(ScrivenerError) -> WallTime? {
        let isCountDue = round.countedAt.map { now >= $0.advanced(by: Self.countInterval) } ?? true
        let (due, pending) = try await journal.due(
            round.underway.question(at: now, policy), counting: isCountDue)
        round.underway.begin(due)
        for delivery in due.deliveries {
            group.addTask { [self] in
                report(delivery, await sender.send(delivery))
            }
        }
        if let pending {
            meters.pending(pending)
            round.countedAt = now
            return due.nextDue
        }
        let recount = (round.countedAt ?? now).advanced(by: Self.countInterval)
        return min(due.nextDue ?? recount, recount)
    }

    private func report(_ delivery: DueDelivery, _ outcome: DeliveryOutcome) {
        inbox.withLock {
            $0.reports.append(Report(delivery: delivery, outcome: outcome, at: BootClock.wall))
        }
        wake()
    }

    private func takeInbox() -> Inbox {
        inbox.withLock { inbox in
            defer { inbox.reports.removeAll() }
            return inbox
        }
    }

    private func set(
        _ time: WallTime?, _ round: inout Round, at now: WallTime,
        in group: inout DiscardingTaskGroup
    ) {
        guard let time else { return }
        let wanted = min(time, now.advanced(by: Self.longestSleep))
        guard round.timer.map({ wanted < $0.at }) ?? true else { return }
        let number = round.setTimer(at: wanted)
        let sleep = TimeSpan.milliseconds(
            max(0, wanted.millisecondsSince1970 - now.millisecondsSince1970))
        group.addTask { [self] in
            try? await Task.sleep(for: sleep.duration)
            inbox.withLock { $0.firedTimer = max($0.firedTimer, number) }
            wake()
        }
    }

    // MARK: Outcomes

    /// What follows from attempts, without those that were none.
    private func settled(
        _ reports: [Report]
    ) -> [(report: Report, settlement: DeliverySettlement)] {
        var random = SystemRandomNumberGenerator()
        return reports.compactMap { report in
            policy.settlement(
                of: report.delivery, report.outcome, at: report.at, using: &random
            ).map { (report, $0) }
        }
    }

    private func tell(_ report: Report, _ settlement: DeliverySettlement) {
        meters.settled(settlement.verdict)
        let isGivenUp = settlement.verdict == .givenUp || settlement.verdict == .gone
        var isNewRefusal = false
        if case .refused = report.outcome { isNewRefusal = report.delivery.attempts == 0 }
        guard isGivenUp || isNewRefusal else { return }
        let delivery = report.delivery
        logger.warning(
            isGivenUp ? "webhook given up" : "webhook refused",
            metadata: [
                "session": "\(delivery.sessionID)", "callback": "\(delivery.message.key.place)",
                "host": "\(delivery.host)", "type": "\(delivery.message.event.rawValue)",
                "id": "\(delivery.message.id)", "attempts": "\(delivery.attempts + 1)",
                "error": "\(settlement.error ?? "none")",
            ])
    }
}
