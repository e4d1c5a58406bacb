// Callbacks in the journal: what is due and in which order, and what is left of them.

import GRDB
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite("Callbacks in the journal")
struct JournalCallbackTests {
    private let journal: SQLiteJournal
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    init() throws {
        journal = try SQLiteJournal(
            directory: "", configuration: JournalConfiguration(durability: .inMemory))
    }

    private func at(_ milliseconds: Int64) -> WallTime {
        WallTime(millisecondsSince1970: 1_700_000_000_000 + milliseconds)
    }

    private func commit(_ change: (inout CallbackChanges) throws -> Void) throws {
        var changes = CallbackChanges()
        try change(&changes)
        try journal.append(
            JournalBatch(moment: .at(journal.lastSequence), callbacks: changes),
            expecting: journal.lastSequence)
    }

    private func subscription(
        _ session: Int64, _ hosts: String...
    ) throws -> CallbackSubscription {
        CallbackSubscription(
            session: session, sessionID: "s\(session)",
            callbacks: try hosts.map {
                PlanCallback(
                    url: try CallbackURL("https://\($0)/hook?token=x"),
                    secret: try CallbackSecret(Self.secret))
            })
    }

    private func message(
        _ session: Int64, place: Int = 0, _ ordinal: Int64 = 1, at time: Int64 = 0
    ) -> CallbackMessage {
        CallbackMessage(
            key: CallbackKey(session: session, place: place), ordinal: ordinal,
            id: "msg_\(session)_\(ordinal)", event: .taskFailed, at: at(time),
            body: Array("body \(session) \(ordinal)".utf8))
    }

    private func due(
        _ time: Int64, limit: Int = 16, after cursor: String = "",
        underway: [String: Set<CallbackKey>] = [:], hosts: Int = 100
    ) throws -> DueDeliveries {
        try journal.dueDeliveries(
            DueQuestion(
                now: at(time), cursor: cursor, underway: underway, limit: limit, limitPerHost: 2,
                limitHosts: hosts, longestDelay: .seconds(3_600)))
    }

    private func ids(_ due: DueDeliveries) -> [String] { due.deliveries.map(\.message.id) }

    private func settle(
        _ message: CallbackMessage, _ verdict: DeliverySettlement.Verdict, at time: Int64 = 10
    ) throws {
        try journal.settle([
            DeliverySettlement(
                key: message.key, ordinal: message.ordinal, verdict: verdict, at: at(time),
                status: verdict == .delivered ? 200 : 500,
                error: verdict == .delivered ? nil : "answered 500")
        ])
    }

    /// A receiver hears of a session in the order in which it happened, however often something is
    /// tried.
    @Test func `messages of a callback are due one after the other`() throws {
        try commit { changes in
            changes.subscriptions = [try subscription(1, "a.example")]
            changes.messages = [message(1, 1), message(1, 2)]
        }
        let first = try due(0)
        #expect(ids(first) == ["msg_1_1"])
        #expect(first.deliveries.first?.message == message(1, 1))
        #expect(first.deliveries.first?.secret == Self.secret)

        try settle(message(1, 1), .retry(at: at(500)))
        #expect(try ids(due(499)) == [])
        #expect(try due(499).nextDue == at(500))
        try commit { $0.messages = [message(1, 3, at: 100)] }
        #expect(try ids(due(499)) == [], "a newer message is no reason to try again")
        #expect(try ids(due(500)) == ["msg_1_1"])
        #expect(try due(500).deliveries.first?.attempts == 1)

        try settle(message(1, 1), .delivered, at: 500)
        #expect(try ids(due(500)) == ["msg_1_2"])
        try settle(message(1, 2), .givenUp, at: 500)
        try settle(message(1, 3), .delivered, at: 500)
        #expect(try due(1_000_000) == DueDeliveries(cursor: ""))
        #expect(try journal.pendingDeliveryCount() == 0)
    }

    /// A dead receiver with much to hear: others are found past it, and it gets no more than its
    /// share of what is under way.
    @Test func `hosts take turns, whatever waits for one of them`() throws {
        try commit { changes in
            for session in 1...50 as ClosedRange<Int64> {
                changes.subscriptions.append(try subscription(session, "dead.example"))
                changes.messages.append(message(session))
            }
            for (session, host) in [(51, "alive.example"), (52, "zebra.example")] {
                changes.subscriptions.append(try subscription(Int64(session), host))
                changes.messages.append(message(Int64(session), at: 5))
            }
        }
        let all = try due(10)
        #expect(ids(all) == ["msg_51_1", "msg_1_1", "msg_2_1", "msg_52_1"])
        let busy: [String: Set<CallbackKey>] = [
            "dead.example": Set(all.deliveries[1...2].map(\.message.key))
        ]
        #expect(try ids(due(10, underway: busy)) == ["msg_51_1", "msg_52_1"])
        let turn = try due(10, limit: 1)
        #expect(ids(turn) == ["msg_51_1"])
        #expect(try ids(due(10, limit: 1, after: turn.cursor)) == ["msg_1_1"])
        #expect(try ids(due(10, limit: 1, after: "zebra.example")) == ["msg_51_1"])
    }

    /// A thousand plans, each with a host of its own, and none of them is due: commits do not wait
    /// while all are looked at, and whoever comes behind them has its turn.
    @Test func `only so many hosts are looked at at a time`() throws {
        try commit { changes in
            for (session, host) in [(1, "a.example"), (2, "b.example"), (3, "c.example")] {
                changes.subscriptions.append(try subscription(Int64(session), host))
                changes.messages.append(message(Int64(session)))
            }
        }
        try settle(message(1), .retry(at: at(5_000)))
        try settle(message(2), .retry(at: at(6_000)))
        let first = try due(1_000, hosts: 2)
        #expect(first == DueDeliveries(cursor: "b.example", nextDue: at(2_000)))
        let next = try due(1_000, after: first.cursor, hosts: 2)
        #expect(ids(next) == ["msg_3_1"])
        #expect(next.cursor == "a.example")
        #expect(try due(1_000, hosts: 4).nextDue == at(5_000))
    }

    /// Somebody sets the clock back by a year: nobody waits a year for that.
    @Test func `what is due impossibly late is due`() throws {
        try commit { changes in
            changes.subscriptions = [try subscription(1, "a.example")]
            changes.messages = [message(1)]
        }
        #expect(try ids(due(-3_600_000)) == [])
        #expect(try ids(due(-3_600_001)) == ["msg_1_1"])
    }

    /// It has said that it wants nothing more: neither what waits nor what comes.
    @Test func `a receiver that is gone is told nothing more`() throws {
        try commit { changes in
            changes.subscriptions = [try subscription(1, "a.example", "b.example")]
            changes.messages = [message(1, 1), message(1, 2), message(1, place: 1, 1)]
        }
        try settle(message(1, 1), .gone)
        try commit { $0.messages = [message(1, 3)] }
        #expect(try due(1_000).deliveries.map(\.host) == ["b.example"])
        let found = try journal.callbacks(ofSession: 1)
        #expect(found.map(\.gone) == [true, false])
        #expect(found[0].givenUp == 3)
        #expect(found[0].deliveries.map(\.attempts) == [0, 0, 1])
        #expect(found[1].pending == 1)
    }

    /// What people see has neither the secret nor a token in the URL.
    @Test func `the view has what became of each message`() throws {
        try commit { changes in
            changes.subscriptions = [try subscription(1, "a.example")]
            changes.messages = [message(1, 1, at: 1), message(1, 2, at: 2)]
        }
        try settle(message(1, 1), .delivered, at: 7)
        try settle(message(1, 2), .retry(at: at(900)), at: 8)
        #expect(
            try journal.callbacks(ofSession: 1) == [
                SessionCallback(
                    url: "https://a.example/hook", events: CallbackEvent.ends, pending: 1,
                    delivered: 1, nextTryAt: at(900),
                    deliveries: [
                        CallbackDelivery(
                            id: "msg_1_2", type: .taskFailed, state: .pending, at: at(2),
                            attempts: 1, lastTriedAt: at(8), lastStatus: 500,
                            lastError: "answered 500"),
                        CallbackDelivery(
                            id: "msg_1_1", type: .taskFailed, state: .delivered, at: at(1),
                            attempts: 1, lastTriedAt: at(7), lastStatus: 200),
                    ])
            ])
        #expect(try journal.callbacks(ofSession: 2) == [])
    }

    /// A key that nothing is signed with any more is one that nobody can steal.
    @Test func `a secret goes with the last message of a session that has ended`() throws {
        func secrets() throws -> [String] {
            try journal.connection.access {
                try String.fetchAll($0, sql: "SELECT secret FROM callback ORDER BY session, place")
            }
        }
        try commit { changes in
            changes.subscriptions = [
                try subscription(1, "a.example"), try subscription(2, "a.example"),
            ]
            changes.messages = [message(1)]
        }
        try settle(message(1), .delivered)
        #expect(try secrets() == [Self.secret, Self.secret])
        try commit { changes in
            changes.messages = [message(1, 2)]
            changes.closed = [1, 2]
        }
        #expect(try secrets() == [Self.secret, ""])
        try settle(message(1, 2), .delivered)
        #expect(try secrets() == ["", ""])
    }

    /// Archives a session that has one callback and one message for it.
    private func endSession() throws {
        var generator = SeededGenerator(seed: 1)
        var archive = generator.snapshot(number: 1)
        archive.session.endedAt = WallTime(millisecondsSince1970: 1)
        var changes = CallbackChanges()
        changes.subscriptions = [try subscription(1, "a.example")]
        changes.messages = [message(1)]
        changes.closed = [1]
        try journal.append(
            JournalBatch(moment: .at(1), archives: [archive], callbacks: changes), expecting: 0)
    }

    /// A session that is removed is as if it had never been, and nobody is told of it any more.
    @Test func `what is removed takes its callbacks along`() throws {
        try endSession()
        #expect(try journal.contents().deliveries.rows == 1)
        // Not while there is time to tell it, and afterwards whatever was told.
        let early = RetentionRule(
            maximumCount: 0, untoldSince: WallTime(millisecondsSince1970: .min))
        #expect(try journal.retire(early) == 0)
        let late = RetentionRule(
            maximumCount: 0, untoldSince: WallTime(millisecondsSince1970: .max))
        #expect(try journal.retire(late) == 1)
        #expect(try journal.callbacks(ofSession: 1) == [])
        #expect(try due(1_000) == DueDeliveries(cursor: ""))
        #expect(try journal.contents().deliveries.rows == 0)
    }

    /// What was told keeps nothing.
    @Test func `a session whose callbacks were told is removed in time`() throws {
        try endSession()
        try settle(message(1), .delivered)
        let rule = RetentionRule(
            maximumCount: 0, untoldSince: WallTime(millisecondsSince1970: .min))
        #expect(try journal.retire(rule) == 1)
    }

    /// A start looks at open sessions only, and goes on with what was not told.
    @Test func `callbacks are there after a crash`() throws {
        let directory = TemporaryDirectory()
        let journal = try SQLiteJournal(directory: directory.path)
        var changes = CallbackChanges()
        changes.subscriptions = [
            try subscription(1, "a.example"), try subscription(2, "a.example", "b.example"),
        ]
        changes.messages = [message(1), message(2, place: 1, 4)]
        changes.closed = [1]
        try journal.append(
            JournalBatch(moment: .at(1), callbacks: changes), expecting: 0)
        let copy = try directory.copyAfterCrash()
        let reopened = try SQLiteJournal(directory: copy.path)
        #expect(
            try reopened.openCallbacks() == [
                OpenCallback(
                    key: CallbackKey(session: 2, place: 0), sessionID: "s2",
                    events: CallbackEvent.ends, lastOrdinal: 0),
                OpenCallback(
                    key: CallbackKey(session: 2, place: 1), sessionID: "s2",
                    events: CallbackEvent.ends, lastOrdinal: 4),
            ])
        #expect(try reopened.pendingDeliveryCount() == 2)
        try reopened.close()
        try journal.close()
    }
}
