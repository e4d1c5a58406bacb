// Some sessions that have ended are run again, and some of those once more: as the gateway does it, from
// what is on disk.

import ScrivenerCore
import ScrivenerModel

extension Scenario {
    /// Ends the id of a rerun, once for each time.
    static let rerunMark: Character = "+"

    /// What a session, or the one that it runs again, was submitted with.
    func blueprint(of id: String) -> SessionBlueprint? {
        let first = id.prefix { $0 != Self.rerunMark }
        return sessions.first { $0.id == first }
    }
}

extension World {
    private static let maximumReruns = 2

    func id(of action: ClientAction) -> String {
        scenario.sessions[action.session].id
            + String(repeating: Scenario.rerunMark, count: action.rerun)
    }

    /// A session has ended, and that is on disk.
    func considerRerun(of archive: SessionSnapshot) {
        let id = archive.session.sessionID
        let reruns = id.count { $0 == Scenario.rerunMark }
        var own = ownRandom(id)
        guard own.chance(scenario.rerunRate), reruns < Self.maximumReruns,
            let index = scenario.sessions.firstIndex(where: {
                $0.id == scenario.blueprint(of: id)?.id
            }), RerunSelection(archive, scope(id)).count(.run) > 0
        else { return }
        let action = ClientAction(kind: .rerun, session: index, rerun: reruns + 1)
        clients.begun.insert(self.id(of: action))
        clients.unfinished += 1
        plan(.client(action), in: own.span(milliseconds: 0...5_000))
    }

    private func scope(_ id: String) -> RerunScope {
        var own = ownRandom(id + "?")
        return own.chance(0.75) ? .failed : .all
    }

    /// Drawn from the session alone: what is asked again is the same.
    private func ownRandom(_ id: String) -> SeededGenerator {
        SeededGenerator(seed: XXHash64.hash(Array(id.utf8), seed: options.seed))
    }

    func rerun(_ action: ClientAction) -> RerunSubmission {
        var before = action
        before.rerun -= 1
        let id = id(of: before)
        let archives = disk.rows.lazy.flatMap(\.archives)
        guard let archive = archives.first(where: { $0.session.sessionID == id }),
            let plan = EndedPlan(
                disk.rows.flatMap(\.facts).filter { $0.plannedSession == archive.number })
        else { preconditionFailure("\(id) is run again and has not ended") }
        let records = committed.session(archive.number)?.tasks ?? []
        var summaries: [ResultHandle: FindingsSummary] = [:]
        for attempt in records.lazy.flatMap(\.history) {
            guard let ending = attempt.ending, let record = ending.record else { continue }
            summaries[record] = ending.summary
        }
        return RerunSubmission(
            plan, archive, RerunSelection(archive, scope(id)), sessionID: self.id(of: action),
            summaries: summaries)
    }
}
