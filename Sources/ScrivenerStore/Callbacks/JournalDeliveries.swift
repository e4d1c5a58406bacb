// The queue of what callbacks have still to be told. It needs no queue of its own: a callback with
// something pending bears the time of its next attempt, and an index over hosts and times finds what
// is due host by host. So however much waits for a receiver that is dead, what is due elsewhere is
// found in as many steps as there are hosts.

internal import GRDB
internal import ScrivenerModel

extension SQLiteJournal {
    package func dueDeliveries(_ question: DueQuestion) throws(JournalError) -> DueDeliveries {
        try connection.access { database in
            var due = DueDeliveries()
            due.cursor = question.cursor
            var host = question.cursor
            var hasWrapped = false
            var hosts = 0
            while due.deliveries.count < question.limit {
                guard hosts < question.limitHosts else {
                    due.cursor = host
                    due.nextDue = min(due.nextDue ?? question.goOnAt, question.goOnAt)
                    return due
                }
                guard let next = try Self.nextHost(after: host, database) else {
                    // Begins again, once, and goes on to where it began.
                    guard !hasWrapped, !question.cursor.isEmpty else { return due }
                    (host, hasWrapped) = ("", true)
                    continue
                }
                guard !hasWrapped || next.host <= question.cursor else { return due }
                host = next.host
                hosts += 1
                try Self.collect(host, next.due, question, into: &due, database)
            }
            // Whoever has room again asks again.
            due.nextDue = nil
            return due
        }
    }

    private static func nextHost(
        after host: String, _ database: Database
    ) throws -> (host: String, due: WallTime)? {
        let sql = """
            SELECT host, next_try FROM callback WHERE next_try IS NOT NULL AND host > ?
            ORDER BY host, next_try LIMIT 1
            """
        return try database.run(sql) { statement in
            try statement.bind(host, at: 1)
            guard try statement.step() else { return nil }
            return (statement.text(0), WallTime(millisecondsSince1970: statement.integer(1)))
        }
    }

    private static func collect(
        _ host: String, _ first: WallTime, _ question: DueQuestion,
        into due: inout DueDeliveries, _ database: Database
    ) throws {
        let underway = question.underway[host] ?? []
        guard question.isDue(first) else {
            due.nextDue = min(due.nextDue ?? first, first)
            return
        }
        let room = min(
            question.limitPerHost - underway.count, question.limit - due.deliveries.count)
        guard room > 0 else { return }
        let sql = """
            SELECT session, place, session_id, url, secret, next_try FROM callback
            WHERE host = ? AND next_try IS NOT NULL ORDER BY next_try LIMIT ?
            """
        var heads: [Head] = []
        try database.run(sql) { statement in
            try statement.bind(host, at: 1)
            // Those that are underway are among the first, and one more says when the next is due.
            try statement.bind(Int64(room + underway.count + 1), at: 2)
            while try statement.step() {
                let key = statement.callbackKey(0)
                guard !underway.contains(key) else { continue }
                let time = WallTime(millisecondsSince1970: statement.integer(5))
                guard question.isDue(time) else {
                    due.nextDue = min(due.nextDue ?? time, time)
                    return
                }
                guard heads.count < room else { return }
                heads.append(
                    Head(
                        key: key, sessionID: statement.text(2), host: host,
                        url: statement.text(3), secret: statement.text(4)))
            }
        }
        for head in heads {
            if let delivery = try delivery(head, database) { due.deliveries.append(delivery) }
        }
        if !heads.isEmpty { due.cursor = host }
    }

    /// A callback that something is due for.
    private struct Head {
        var key: CallbackKey
        var sessionID: String
        var host: String
        var url: String
        var secret: String
    }

    private static func delivery(_ head: Head, _ database: Database) throws -> DueDelivery? {
        let sql = """
            SELECT ordinal, message_id, event, at, attempts, body
            FROM delivery INDEXED BY delivery_pending
            WHERE session = ? AND place = ? AND state = \(DeliveryCode.pending)
            ORDER BY ordinal LIMIT 1
            """
        return try database.run(sql) { statement in
            try statement.bind(head.key, at: 1)
            guard try statement.step() else { return nil }
            let message = CallbackMessage(
                key: head.key, ordinal: statement.integer(0), id: statement.text(1),
                event: try statement.callbackEvent(2),
                at: WallTime(millisecondsSince1970: statement.integer(3)),
                body: statement.blobCopy(5))
            return DueDelivery(
                message: message, sessionID: head.sessionID, host: head.host, url: head.url,
                secret: head.secret, attempts: Int(statement.integer(4)))
        }
    }

    package func pendingDeliveryCount() throws(JournalError) -> Int {
        try connection.access { database in
            let sql = "SELECT count(*) FROM delivery WHERE state = \(DeliveryCode.pending)"
            return try Int.fetchOne(database, sql: sql) ?? 0
        }
    }

    // MARK: Settling

    package func settle(_ settlements: [DeliverySettlement]) throws(JournalError) {
        try connection.checkpointIfDue()
        try connection.transaction { database in
            try self.requireOwnership(database)
            for settlement in settlements { try Self.settle(settlement, database) }
        }
    }

    private static func settle(
        _ settlement: DeliverySettlement, _ database: Database
    ) throws {
        let state =
            switch settlement.verdict {
            case .delivered: DeliveryCode.delivered
            case .retry: DeliveryCode.pending
            case .givenUp, .gone: DeliveryCode.givenUp
            }
        // What is over needs its body no more.
        let sql = """
            UPDATE delivery SET state = ?4, attempts = attempts + 1, status = ?5, error = ?6,
            tried = ?7, body = iif(?4 = \(DeliveryCode.pending), body, x'')
            WHERE session = ?1 AND place = ?2 AND ordinal = ?3
            AND state = \(DeliveryCode.pending)
            """
        try database.run(sql) { statement in
            try statement.bind(settlement.key, at: 1)
            try statement.bind(settlement.ordinal, at: 3)
            try statement.bind(state, at: 4)
            try statement.bind(settlement.status.map { Int64($0) }, at: 5)
            if let error = settlement.error {
                try statement.bind(error, at: 6)
            } else {
                try statement.bind(Int64?.none, at: 6)
            }
            try statement.bind(settlement.at.millisecondsSince1970, at: 7)
            try statement.finish()
        }
        if settlement.verdict == .gone { try giveUpAll(settlement.key, database) }
        try setNextTry(settlement, database)
    }

    private static func giveUpAll(_ key: CallbackKey, _ database: Database) throws {
        let gone = "UPDATE callback SET is_gone = 1 WHERE session = ? AND place = ?"
        try database.run(gone) { statement in
            try statement.bind(key, at: 1)
            try statement.finish()
        }
        let rest = """
            UPDATE delivery SET state = \(DeliveryCode.givenUp), body = x'',
            error = '\(DeliveryCode.goneBefore)'
            WHERE session = ? AND place = ? AND state = \(DeliveryCode.pending)
            """
        try database.run(rest) { statement in
            try statement.bind(key, at: 1)
            try statement.finish()
        }
    }

    /// The next in turn may be tried at once. A secret that nothing will be signed with any more goes.
    private static func setNextTry(
        _ settlement: DeliverySettlement, _ database: Database
    ) throws {
        let next: WallTime =
            if case .retry(let time) = settlement.verdict { time } else { settlement.at }
        let due = """
            UPDATE callback SET next_try = iif(EXISTS(SELECT 1
            FROM delivery INDEXED BY delivery_pending
            WHERE session = ?1 AND place = ?2 AND state = \(DeliveryCode.pending)), ?3, NULL)
            WHERE session = ?1 AND place = ?2
            """
        try database.run(due) { statement in
            try statement.bind(settlement.key, at: 1)
            try statement.bind(next.millisecondsSince1970, at: 3)
            try statement.finish()
        }
        let forget = """
            UPDATE callback SET secret = ''
            WHERE session = ? AND place = ? AND is_open = 0 AND next_try IS NULL
            """
        try database.run(forget) { statement in
            try statement.bind(settlement.key, at: 1)
            try statement.finish()
        }
    }
}
