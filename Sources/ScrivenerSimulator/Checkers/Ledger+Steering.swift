// What people and joins do to sessions and tasks, as the ledger reads it.

import ScrivenerCore
import ScrivenerModel

extension Ledger {
    mutating func close(_ number: Int64, _ task: Int32, at now: Instant) {
        let subject = Subject(session: number, task: task)
        guard let index = openIndex(number, subject, "closed a join"),
            sessions[index].tasks.indices.contains(Int(task))
        else { return }
        let record = sessions[index].tasks[Int(task)]
        let completed = sessions[index].completed(of: Int(task))
        expect(record.state == .idle && record.taken == nil, "a join closed twice", subject)
        expect(
            completed.count >= Int(record.kind.join?.atLeast ?? .max),
            "a join closed with \(completed.count) inputs", subject)
        sessions[index].tasks[Int(task)].taken = completed
        sessions[index].tasks[Int(task)].readyAt = now
        guard record.kind.join?.rest == .cancel else { return }
        needless = record.dependencies.filter { dependency in
            let other = sessions[index].tasks[Int(dependency)]
            let isWanted = sessions[index].tasks.indices.contains {
                sessions[index].tasks[$0].dependencies.contains(dependency)
                    && sessions[index].tasks[$0].state == .idle && !sessions[index].hasInputs($0)
            }
            return !isWanted && !other.isOver && !other.isCancelRequested
        }.map { (number, $0) }
    }

    mutating func cancel(_ number: Int64, _ cause: CancelCause) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "was cancelled") else { return }
        expect(!sessions[index].isCancelled, "session \(number) was cancelled twice", subject)
        sessions[index].cancelCause = cause
        for task in sessions[index].tasks.indices
        where !sessions[index].tasks[task].isOver && !sessions[index].tasks[task].isLive {
            sessions[index].tasks[task].state = .over(.cancelled)
        }
    }

    mutating func cancel(_ number: Int64, task: Int32, at now: Instant) {
        let subject = Subject(session: number, task: task)
        guard let index = openIndex(number, subject, "had a task cancelled"),
            sessions[index].tasks.indices.contains(Int(task))
        else { return }
        let record = sessions[index].tasks[Int(task)]
        expect(!record.isOver && !record.isCancelRequested, "cancelled twice", subject)
        let dependants = sessions[index].tasks.indices.filter {
            sessions[index].tasks[$0].dependencies.contains(task)
        }
        expect(
            dependants.contains {
                sessions[index].tasks[$0].taken != nil
                    && sessions[index].tasks[$0].kind.join?.rest == .cancel
            }, "\(number)/\(task) was cancelled for nobody's sake", subject)
        let waiting = dependants.filter {
            sessions[index].tasks[$0].state == .idle && !sessions[index].hasInputs($0)
        }
        expect(waiting.isEmpty, "\(number)/\(task) was cancelled, \(waiting) wait", subject)
        sessions[index].tasks[Int(task)].isCancelRequested = true
        guard !record.isLive else { return }
        sessions[index].tasks[Int(task)].state = .over(.cancelled)
        sessions[index].noteReady(after: Int(task), at: now)
        sessions[index].skipAfter(Int(task), at: now)
    }

    mutating func prioritize(_ number: Int64, _ task: Int32?, _ priority: UInt8) {
        let subject = Subject(session: number, task: task)
        expect((1...10).contains(priority), "priority \(priority)", subject)
        guard let index = openIndex(number, subject, "was given a priority") else { return }
        guard let task else {
            sessions[index].priority = priority
            for other in sessions[index].tasks.indices {
                sessions[index].tasks[other].priority = nil
            }
            return
        }
        guard sessions[index].tasks.indices.contains(Int(task)) else {
            return expect(false, "a task that is none was given a priority", subject)
        }
        sessions[index].tasks[Int(task)].priority = priority
    }

    mutating func pause(_ number: Int64, _ mode: PauseMode) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "was paused") else { return }
        expect(!sessions[index].isCancelled, "a cancelled session was paused", subject)
        sessions[index].isPaused = true
        guard mode == .now else { return }
        for task in sessions[index].tasks.indices
        where sessions[index].tasks[task].kind.delivery == .atLeastOnce {
            let live = sessions[index].tasks[task].live.map(\.attempt)
            sessions[index].tasks[task].recalled.formUnion(live)
        }
    }

    mutating func resume(_ number: Int64, at now: Instant) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "was resumed") else { return }
        expect(sessions[index].isPaused, "session \(number) was resumed twice", subject)
        sessions[index].isPaused = false
        for task in sessions[index].tasks.indices where sessions[index].hasInputs(task) {
            sessions[index].tasks[task].readyAt = now
        }
    }

    /// Whether a worker may be told to stop an attempt: it is not wanted, or over for its task.
    func mayStop(_ attempt: AttemptReference) -> Bool {
        guard let session = session(attempt.session), let task = task(of: attempt) else {
            return false
        }
        return session.isCancelled || task.isCancelRequested
            || task.recalled.contains(attempt.attempt)
            || task.attempts >= attempt.attempt && task.live(attempt.attempt) == nil
    }

    mutating func finish(_ number: Int64, _ state: SessionState) {
        let subject = Subject(session: number)
        guard let index = openIndex(number, subject, "ended") else { return }
        let open = sessions[index].tasks.indices.filter { !sessions[index].tasks[$0].isOver }
        expect(open.isEmpty, "session \(number) ended with \(open) open", subject)
        let expected = sessions[index].expectedEnd
        expect(state == expected, "session \(number) ended as \(state), not \(expected)", subject)
        sessions[index].ended = state
        openCount -= 1
    }
}
