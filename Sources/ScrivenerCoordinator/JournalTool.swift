// A journal in the hands of people, while no coordinator has it open: is it sound, what is in it, and
// all sessions out of it.

import ScrivenerCore
package import ScrivenerModel
package import ScrivenerStore

/// A journal that is only looked at.
package struct JournalTool {
    private let journal: SQLiteJournal

    /// - Throws: what a coordinator's start would throw; there is no journal, somebody has it open.
    package init(directory: String) throws(ScrivenerError) {
        journal = try SQLiteJournal(inspecting: directory)
    }

    /// Lets others have it.
    package func close() { try? journal.close() }

    package func contents() throws(ScrivenerError) -> JournalContents {
        do throws(JournalError) { return try journal.contents() } catch {
            throw error.scrivenerError
        }
    }

    /// What is wrong with it, in words; nothing when all is well.
    package func mistakes() -> [String] { journal.mistakes() }

    /// Visits the results of every session: those that have ended, the newest first, and those that
    /// are open, as far as they have come.
    package func visitSessions(
        _ visit: (SessionResults) throws -> Void
    ) throws {
        var cursor: Int64?
        while true {
            let page = try listings(after: cursor)
            for listing in page {
                guard let snapshot = try snapshot(listing.session.sessionID) else { continue }
                try visit(try results(of: snapshot))
            }
            guard let last = page.last else { break }
            cursor = last.number
        }
        for snapshot in try openSessions() { try visit(try results(of: snapshot)) }
    }

    private func listings(after cursor: Int64?) throws(ScrivenerError) -> [SessionListing] {
        do throws(JournalError) {
            return try journal.archives(
                limit: SessionListing.maximumCount, after: cursor, status: nil, since: nil)
        } catch { throw error.scrivenerError }
    }

    private func snapshot(_ id: String) throws(ScrivenerError) -> SessionSnapshot? {
        do throws(JournalError) { return try journal.archive(sessionID: id) } catch {
            throw error.scrivenerError
        }
    }

    private func results(of snapshot: SessionSnapshot) throws(ScrivenerError) -> SessionResults {
        let wanted = SessionRecords(snapshot.tasks)
        let bytes: PayloadBytes
        do throws(JournalError) { bytes = try journal.read(wanted.handles) } catch {
            throw error.scrivenerError
        }
        let (annexes, payloads) = try wanted.decode(bytes)
        return ResultAggregator.aggregate(snapshot, annexes: annexes, payloads: payloads)
    }

    private func openSessions() throws(ScrivenerError) -> [SessionSnapshot] {
        var core = OrchestratorCore(
            journalID: journal.identity.journalID, incarnation: journal.identity.incarnation,
            seed: 0)
        do throws(JournalError) {
            try journal.replay { row in
                for fact in row.facts { core.replay(fact, at: row.moment) }
            }
        } catch { throw error.scrivenerError }
        return core.openSnapshots(at: journal.lastMoment?.instant ?? .zero)
    }
}
