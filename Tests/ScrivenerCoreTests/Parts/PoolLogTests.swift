// The log of the pool's changes: where readers go on, and where they cannot.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PoolLogTests {
    private static func log(
        nonce: UInt64 = 1, compactedThrough compacted: Int64 = 0, capacity: Int = 100,
        journal: String = "0123456789abcdef"
    ) -> PoolLog {
        PoolLog(
            journalID: journal, nonce: nonce, compactedThrough: compacted, capacity: capacity)
    }

    private static func session(_ number: Int64, _ step: SessionStep = .opened) -> PoolChange {
        PoolChange(
            at: WallTime(millisecondsSince1970: 0), .session(number, id: "s\(number)", step))
    }

    private static func worker(_ step: WorkerStep) -> PoolChange {
        PoolChange(at: WallTime(millisecondsSince1970: 0), .worker(0, step))
    }

    /// What a reader of a cursor is told, as `1 opened` or `joined`; `nil` when it begins anew.
    private static func told(_ log: PoolLog, since cursor: PoolCursor) -> [String]? {
        log.position(of: cursor).map { position in
            log.changes(from: position, limit: 100).map { logged in
                switch logged.change.subject {
                case .session(let number, _, let step): "\(number) \(step.rawValue)"
                case .worker(_, let step): step.rawValue
                }
            }
        }
    }

    /// A reader goes on behind whatever it was told last, and is told each change once.
    @Test func everyCursorGoesOnBehindItself() {
        var log = Self.log()
        let beginning = log.cursor(at: 0)
        log.append([Self.session(1), Self.worker(.joined), Self.session(2)], commit: 1)
        log.append([Self.worker(.suspected)], commit: 1)
        log.append([], commit: 2)
        log.append([Self.session(1, .ended)], commit: 3)
        let all = ["1 opened", "joined", "2 opened", "suspected", "1 ended"]
        #expect(Self.told(log, since: beginning) == all)
        for (place, logged) in log.changes(from: 0, limit: 100).enumerated() {
            #expect(Self.told(log, since: logged.cursor) == Array(all.dropFirst(place + 1)))
            #expect(logged.cursor.position == place + 1)
        }
        #expect(log.changes(from: 1, limit: 2).count == 2)
    }

    /// More happens than is kept.
    @Test func whatIsGoneIsKnownToBe() {
        var log = Self.log(capacity: 3)
        let beginning = log.cursor(at: 0)
        log.append((1...5).map { Self.session($0) }, commit: 1)
        #expect(Self.told(log, since: beginning) == nil)
        var cursor = beginning
        cursor.position = 1
        #expect(Self.told(log, since: cursor) == nil)
        cursor.position = 2
        #expect(Self.told(log, since: cursor) == ["3 opened", "4 opened", "5 opened"])
        cursor.position = 6
        #expect(Self.told(log, since: cursor) == nil)
    }

    /// The coordinator is killed at any moment, and its successor reads the journal: whoever was told of a change
    /// has it behind itself there as well, and misses none of a session.
    @Test func sessionsGoOnAfterARestart() {
        let commits: [[PoolChange]] = [
            [Self.worker(.joined), Self.session(1)],
            [Self.session(2), Self.session(1, .paused), Self.worker(.suspected)],
            [], [Self.session(2, .ended)],
        ]
        var before = Self.log(nonce: 1)
        let beginning = before.cursor(at: 0)
        var after = Self.log(nonce: 2)
        for (place, changes) in commits.enumerated() {
            before.append(changes, commit: Int64(place + 1))
            after.replay(changes.filter(\.isDurable), commit: Int64(place + 1))
        }
        after.append([Self.worker(.joined)], commit: 4)
        after.append([Self.session(3)], commit: 5)
        let sessions = ["1 opened", "2 opened", "1 paused", "2 ended"]
        let since = ["joined", "3 opened"]
        #expect(Self.told(after, since: beginning) == sessions + since)
        var seen = 0
        for logged in before.changes(from: 0, limit: 100) {
            if logged.change.isDurable { seen += 1 }
            #expect(
                Self.told(after, since: logged.cursor) == Array(sessions.dropFirst(seen)) + since)
        }
        #expect(Self.told(after, since: before.cursor(at: before.end)) == since)
    }

    /// A stream begins while a batch is on its way to the disk: where it begins is known by the batch, and holds after
    /// a restart as well.
    @Test func aBeginningAheadOfTheLogHoldsAfterARestart() {
        var before = Self.log(nonce: 1)
        before.append([Self.session(1)], commit: 1)
        let position = before.end + 1
        before.append([Self.session(2), Self.session(3), Self.worker(.lost)], commit: 2)
        let cursor = before.cursor(at: position)
        #expect(Self.told(before, since: cursor) == ["3 opened", "lost"])
        var after = Self.log(nonce: 2)
        after.replay([Self.session(1)], commit: 1)
        after.replay([Self.session(2), Self.session(3)], commit: 2)
        #expect(Self.told(after, since: cursor) == ["3 opened"])
    }

    /// Of old commits the journal keeps only what matters: what they told is not known any more.
    @Test func whatWasCompactedIsNotReadBack() {
        var before = Self.log(nonce: 1)
        var cursors: [PoolCursor] = []
        for commit in 1...4 as ClosedRange<Int64> {
            before.append([Self.session(commit)], commit: commit)
            cursors.append(before.cursor(at: before.end))
        }
        var after = Self.log(nonce: 2, compactedThrough: 2)
        // What is left of the compacted ones comes first.
        after.replay([Self.session(1)], commit: 1)
        after.replay([], commit: 2)
        after.replay([Self.session(3)], commit: 3)
        after.replay([Self.session(4)], commit: 4)
        #expect(cursors.map { Self.told(after, since: $0) } == [nil, nil, ["4 opened"], []])
    }

    /// The tail of the journal has more changes than are kept.
    @Test func theReadBackPartIsBoundedAsWell() {
        var after = Self.log(nonce: 2, capacity: 2)
        for commit in 1...4 as ClosedRange<Int64> {
            after.replay([Self.session(commit)], commit: commit)
        }
        func told(_ commit: Int64, _ index: Int) -> [String]? {
            var cursor = Self.log(nonce: 1).cursor(at: 0)
            (cursor.commit, cursor.index) = (commit, index)
            return Self.told(after, since: cursor)
        }
        #expect(told(1, 1) == nil)
        #expect(told(2, 0) == nil)
        #expect(told(2, 1) == ["3 opened", "4 opened"])
        #expect(told(4, 1) == [])
        // What this start's workers did is lost with the first change of it that is dropped.
        after.append([Self.worker(.joined), Self.worker(.lost), Self.worker(.joined)], commit: 4)
        #expect(told(4, 1) == nil)
    }

    /// A cursor of another journal, and one of a history that this one has never had.
    @Test func whatWasNeverHereIsNotKnown() {
        var other = Self.log(nonce: 1, journal: "ffffffffffffffff")
        other.append([Self.session(1)], commit: 1)
        var lost = Self.log(nonce: 3)
        for commit in 1...9 as ClosedRange<Int64> {
            lost.append([Self.session(commit)], commit: commit)
        }
        var log = Self.log(nonce: 2)
        log.replay([Self.session(1)], commit: 1)
        #expect(log.position(of: other.cursor(at: 1)) == nil)
        #expect(log.position(of: lost.cursor(at: 9)) == nil)
        var made = log.cursor(at: 1)
        made.position = -1
        #expect(log.position(of: made) == nil)
    }
}
