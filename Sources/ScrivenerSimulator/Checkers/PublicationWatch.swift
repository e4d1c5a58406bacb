// Who follows a session's progress sees every change of it, soon, and not too often.

import ScrivenerCore
import ScrivenerModel

/// What the rule needs to know. Watchers do not outlive their coordinator.
struct PublicationWatch {
    /// Sessions that somebody follows.
    var watched: Set<Int64> = []
    /// Since when there is something that they have not been shown.
    var waiting: [Int64: Instant] = [:]
    /// When they were last shown something, and what.
    var latest: [Int64: (at: Instant, revision: Int64)] = [:]
}

extension World {
    func noteWatching(_ event: OrchestratorEvent) {
        guard case .watch(let id, _) = event, let number = handled.numbers[id],
            handled.session(number)?.ended == nil
        else { return }
        watch.publications.watched.insert(number)
    }

    /// Every fact is something to see, but for the bytes that an attempt keeps for the next.
    func noteChange(_ fact: SessionFact) {
        if case .checkpointKept = fact { return }
        guard let session = fact.subject(in: handled).session,
            watch.publications.watched.contains(session)
        else { return }
        watch.publications.waiting[session] = watch.publications.waiting[session] ?? now
    }

    func notePublication(of session: Int64, _ progress: ProgressReport) {
        let name = "the progress of session \(session)"
        let subject = Subject(session: session)
        if !watch.publications.watched.contains(session) {
            report(.progress, "\(name) is published and nobody follows it", subject)
        }
        if let latest = watch.publications.latest[session] {
            let isSoon = now.since(latest.at) < updateInterval(of: session)
            if isSoon, !progress.status.isTerminal {
                report(
                    .progress,
                    "\(name) is published \(now.since(latest.at).milliseconds) ms after "
                        + "the last time", subject)
            }
            if progress.revision <= latest.revision {
                report(.progress, "\(name) is published twice as it was", subject)
            }
        }
        watch.publications.latest[session] = (now, progress.revision)
        watch.publications.waiting[session] = nil
    }

    /// What changed is published when the interval has passed.
    func checkPublications() {
        guard coordinatorPauses == 0 else { return }
        for (session, since) in watch.publications.waiting.sorted(by: { $0.key < $1.key }) {
            let due = since.advanced(by: updateInterval(of: session))
            guard now > due.advanced(by: DetectionWatch.margin),
                now > watch.amnestyUntil
            else { continue }
            report(
                .progress,
                "a change of session \(session) is not published after "
                    + "\(now.since(since).milliseconds) ms", Subject(session: session))
        }
    }

    private func updateInterval(of session: Int64) -> TimeSpan {
        handled.session(session)?.updateInterval ?? .zero
    }
}
