// Callbacks in the journal: written with the commit that they are about, and read back at a start
// without looking at those of sessions that have ended.

internal import GRDB
package import ScrivenerModel

extension CallbackEvent: JournalCoded {
    package var journalCode: UInt8 {
        switch self {
        case .sessionCompleted: 1
        case .sessionPartial: 2
        case .sessionFailed: 3
        case .sessionCancelled: 4
        case .sessionPaused: 5
        case .sessionResumed: 6
        case .taskFailed: 7
        }
    }
}

/// Events as the bits of a number, each at the place of its code.
enum CallbackEventBits {
    static func encode(_ events: [CallbackEvent]) -> Int64 {
        events.reduce(0) { $0 | 1 << Int64($1.journalCode) }
    }

    static func decode(_ bits: Int64) -> [CallbackEvent] {
        CallbackEvent.allCases.filter { bits & 1 << Int64($0.journalCode) != 0 }
    }
}

/// How a delivery's state is written.
enum DeliveryCode {
    static let pending: Int64 = 0
    static let delivered: Int64 = 1
    static let givenUp: Int64 = 2
    /// Why nothing is told to a receiver that wanted nothing more.
    static let goneBefore = "the receiver has answered 410 before"

    static func state(_ code: Int64) -> CallbackDelivery.State {
        switch code {
        case pending: .pending
        case delivered: .delivered
        default: .givenUp
        }
    }
}

extension SQLiteJournal {
    static func insertCallbacks(_ changes: CallbackChanges, into database: Database) throws {
        guard !changes.isEmpty else { return }
        for subscription in changes.subscriptions {
            for (place, callback) in subscription.callbacks.enumerated() {
                try insert(callback, at: place, of: subscription, into: database)
            }
        }
        for message in changes.messages { try insert(message, into: database) }
        for session in changes.closed {
            // A secret that nothing will be signed with any more goes.
            let sql = """
                UPDATE callback SET is_open = 0, secret = iif(next_try IS NULL, '', secret)
                WHERE session = ?
                """
            try database.run(sql) { statement in
                try statement.bind(session, at: 1)
                try statement.finish()
            }
        }
    }

    private static func insert(
        _ callback: PlanCallback, at place: Int, of subscription: CallbackSubscription,
        into database: Database
    ) throws {
        let sql = "INSERT INTO callback VALUES (?, ?, ?, ?, ?, ?, ?, 1, 0, NULL)"
        try database.run(sql) { statement in
            try statement.bind(subscription.session, at: 1)
            try statement.bind(Int64(place), at: 2)
            try statement.bind(subscription.sessionID, at: 3)
            try statement.bind(callback.url.host, at: 4)
            try statement.bind(callback.url.text, at: 5)
            try statement.bind(callback.secret.text, at: 6)
            try statement.bind(CallbackEventBits.encode(callback.events), at: 7)
            try statement.finish()
        }
    }

    private static func insert(_ message: CallbackMessage, into database: Database) throws {
        // Who has answered 410 is not told anything any more.
        let sql = """
            INSERT INTO delivery
            SELECT ?1, ?2, ?3, ?4, ?5, ?6,
            iif(is_gone, \(DeliveryCode.givenUp), \(DeliveryCode.pending)), 0, NULL,
            iif(is_gone, '\(DeliveryCode.goneBefore)', NULL), NULL, iif(is_gone, x'', ?7)
            FROM callback WHERE session = ?1 AND place = ?2
            """
        try database.run(sql) { statement in
            try statement.bind(message.key, at: 1)
            try statement.bind(message.ordinal, at: 3)
            try statement.bind(message.id, at: 4)
            try statement.bind(Int64(message.event.journalCode), at: 5)
            try statement.bind(message.at.millisecondsSince1970, at: 6)
            try statement.withBlob(message.body, at: 7) { try statement.finish() }
        }
        // One that waits for its turn to be tried again keeps it.
        let due = """
            UPDATE callback SET next_try = coalesce(next_try, ?3)
            WHERE session = ?1 AND place = ?2 AND is_gone = 0
            """
        try database.run(due) { statement in
            try statement.bind(message.key, at: 1)
            try statement.bind(message.at.millisecondsSince1970, at: 3)
            try statement.finish()
        }
    }

    package func openCallbacks() throws(JournalError) -> [OpenCallback] {
        let sql = """
            SELECT session, place, session_id, events,
            (SELECT max(ordinal) FROM delivery
            WHERE delivery.session = callback.session AND delivery.place = callback.place)
            FROM callback WHERE is_open = 1 ORDER BY session, place
            """
        return try connection.access { database in
            try database.run(sql) { statement in
                var found: [OpenCallback] = []
                while try statement.step() {
                    found.append(
                        OpenCallback(
                            key: statement.callbackKey(0), sessionID: statement.text(2),
                            events: CallbackEventBits.decode(statement.integer(3)),
                            lastOrdinal: statement.integer(4)))
                }
                return found
            }
        }
    }

    // MARK: For people

    package func callbacks(ofSession session: Int64) throws(JournalError) -> [SessionCallback] {
        let sql = "SELECT place, url, events, is_gone, next_try FROM callback WHERE session = ?"
        return try connection.access { database in
            var found: [SessionCallback] = []
            try database.run(sql) { statement in
                try statement.bind(session, at: 1)
                while try statement.step() {
                    let shown = Self.shown(statement.text(1))
                    found.append(
                        SessionCallback(
                            url: shown, events: CallbackEventBits.decode(statement.integer(2)),
                            gone: statement.integer(3) != 0,
                            nextTryAt: statement.time(4)))
                }
            }
            for place in found.indices {
                let key = CallbackKey(session: session, place: place)
                try Self.count(key, into: &found[place], database)
                found[place].deliveries = try Self.deliveries(key, database)
            }
            return found
        }
    }

    private static func shown(_ url: String) -> String {
        do throws(CallbackDefect) { return try CallbackURL(url).shown } catch { return "" }
    }

    private static func count(
        _ key: CallbackKey, into callback: inout SessionCallback, _ database: Database
    ) throws {
        let sql = """
            SELECT state, count(*) FROM delivery WHERE session = ? AND place = ? GROUP BY state
            """
        try database.run(sql) { statement in
            try statement.bind(key, at: 1)
            while try statement.step() {
                let count = Int(statement.integer(1))
                switch DeliveryCode.state(statement.integer(0)) {
                case .pending: callback.pending = count
                case .delivered: callback.delivered = count
                case .givenUp: callback.givenUp = count
                }
            }
        }
    }

    private static func deliveries(
        _ key: CallbackKey, _ database: Database
    ) throws -> [CallbackDelivery] {
        let sql = """
            SELECT message_id, event, state, at, attempts, tried, status, error
            FROM delivery WHERE session = ? AND place = ?
            ORDER BY ordinal DESC LIMIT \(SessionCallback.maximumDeliveries)
            """
        return try database.run(sql) { statement in
            try statement.bind(key, at: 1)
            var found: [CallbackDelivery] = []
            while try statement.step() {
                found.append(
                    CallbackDelivery(
                        id: statement.text(0), type: try statement.callbackEvent(1),
                        state: DeliveryCode.state(statement.integer(2)),
                        at: WallTime(millisecondsSince1970: statement.integer(3)),
                        attempts: Int(statement.integer(4)), lastTriedAt: statement.time(5),
                        lastStatus: statement.isNull(6) ? nil : Int(statement.integer(6)),
                        lastError: statement.isNull(7) ? nil : statement.text(7)))
            }
            return found
        }
    }
}

extension RawStatement {
    /// At two places, one behind the other.
    func bind(_ key: CallbackKey, at index: CInt) throws {
        try bind(key.session, at: index)
        try bind(Int64(key.place), at: index + 1)
    }

    /// From two columns, one behind the other.
    func callbackKey(_ column: CInt) -> CallbackKey {
        CallbackKey(session: integer(column), place: Int(integer(column + 1)))
    }

    func callbackEvent(_ column: CInt) throws -> CallbackEvent {
        let code = integer(column)
        guard let event = CallbackEvent.allCases.first(where: { $0.journalCode == code }) else {
            throw JournalError.corrupt(sequence: nil, "a delivery is of no known event (\(code))")
        }
        return event
    }

    func time(_ column: CInt) -> WallTime? {
        isNull(column) ? nil : WallTime(millisecondsSince1970: integer(column))
    }
}
