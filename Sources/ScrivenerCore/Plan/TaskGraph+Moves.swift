// How tasks move: what ends releases what waits for it, attempts begin and end, and joins close.

import ScrivenerModel

extension TaskGraph {
    /// Carries out a move. An illegal one is a programmer's error: the caller looks first.
    mutating func move(_ task: Int, _ move: TaskMove, at now: Instant) {
        let old = lifecycle[task]
        guard let new = old.after(move) else {
            complain(of: move, task)
        }
        set(task, from: old, to: new)
        if new.status.isTerminal { release(dependantsOf: task, at: now) }
    }

    private func complain(of move: TaskMove, _ task: Int) -> Never {
        preconditionFailure("illegal \(move): \(story(of: task))")
    }

    /// What has become of a task so far, for whoever has to find out why a move was illegal.
    func story(of task: Int) -> String {
        let attempts = executions(of: task).reversed().map {
            "#\($0.attempt) on worker \($0.worker) \($0.outcome.map { "\($0)" } ?? "runs")"
        }
        return "task \(ids[task]) (\(task)) is \(lifecycle[task]), was retried \(retries[task]) "
            + "times; attempts: \(attempts.joined(separator: ", "))"
    }

    private mutating func set(_ task: Int, from old: TaskLifecycle, to next: TaskLifecycle) {
        var new = next
        // What becomes ready while the session is held is held with it.
        if case .ready = new, let hold, let held = new.after(.hold(hold)) { new = held }
        lifecycle[task] = new
        let (from, to) = (old.status, new.status)
        if from != to {
            counts.remove(from)
            counts.add(to)
            if to.isTerminal {
                countOver(task)
                if !checkpoints.isEmpty { checkpoints[Int32(task)] = nil }
                if !deaths.isEmpty { deaths[Int32(task)] = nil }
            }
            if from == .waiting, hasJoins { joins.forget(Int32(task)) }
        }
        if to == .ready { newlyReady.append(Int32(task)) }
    }

    /// What the end of most tasks comes to: those that wait for it wait for one less.
    @inline(always)
    private mutating func countDown(dependantsOf ended: Int) {
        let before = newlyReady.count
        Self.countDown(&dependants, of: ended, &lifecycle, &newlyReady)
        counts.makeReady(newlyReady.count - before)
    }

    /// - Parameter dependants: not changed, but lent like the others, so that none is copied.
    @inline(always)
    private static func countDown(
        _ dependants: inout DependantRows, of ended: Int, _ lifecycle: inout LifecycleColumn,
        _ ready: inout [Int32]
    ) {
        let row = lifecycle.dependants(of: ended)
        lifecycle.countDown(dependants.edges.span.extracting(row), &ready)
    }

    /// Tells those that wait for an ended task; skips what cannot run without it, and so on down.
    mutating func release(dependantsOf ended: Int, at now: Instant) {
        // Those that ended with it; mostly there are none.
        var pending: [Int] = []
        var next: Int? = ended
        while let task = next {
            let completed = lifecycle[task].status == .completed
            for edge in lifecycle.dependants(of: task) {
                let dependant = Int(dependants.edges[edge])
                // A dependant that was cancelled, skipped or closed already waits for nothing.
                guard lifecycle.isWaiting(dependant) else { continue }
                let goesOn = goesOn(dependant, afterCompletion: completed, at: now)
                if tell(dependant, goesOn ? .dependencyEnded : .dependencyFailed) {
                    pending.append(dependant)
                }
            }
            next = pending.popLast()
        }
    }

    /// - Returns: whether that was a task's end.
    private mutating func tell(_ dependant: Int, _ move: TaskMove) -> Bool {
        let old = lifecycle[dependant]
        guard let new = old.after(move) else { return false }
        set(dependant, from: old, to: new)
        return new.status.isTerminal
    }

    /// Whether a waiting task can live with how one more of its dependencies ended.
    private mutating func goesOn(
        _ dependant: Int, afterCompletion completed: Bool, at now: Instant
    ) -> Bool {
        // Not the whole class: to copy it costs more than all else here.
        let kind = kind(of: dependant)
        guard let join = classes[kind].join else {
            return completed || classes[kind].onDependencyFailure == .continue
        }
        if completed {
            joins.count(Int32(dependant), rule: join, at: now)
            return true
        }
        guard case .waiting(let open) = lifecycle[dependant] else { return true }
        let canStillHave = joins.completed(of: Int32(dependant)) + open - 1
        return canStillHave >= join.atLeast || classes[kind].onDependencyFailure == .continue
    }

    /// Cancels all that is not over. What waits is cancelled with what it waits for, not skipped.
    mutating func cancelAll() {
        for task in lifecycle.indices {
            let old = lifecycle[task]
            guard let new = old.after(.cancel) else { continue }
            set(task, from: old, to: new)
        }
    }

    // MARK: Joins

    /// The task goes on with what has completed.
    mutating func closeJoin(_ task: Int, at now: Instant) {
        let taken = dependencies(of: task).filter {
            lifecycle[Int($0)].status == .completed
        }
        move(task, .joinClosed, at: now)
        joins.close(Int32(task), taken: taken)
    }

    /// The dependencies of a task that nobody else waits for and that have not ended.
    func needless(dependenciesOf task: Int) -> [Int32] {
        dependencies(of: task).filter { dependency in
            guard !lifecycle[Int(dependency)].status.isTerminal else { return false }
            return dependants(of: Int(dependency)).allSatisfy {
                if case .waiting = lifecycle[Int($0)] { false } else { true }
            }
        }
    }

    // MARK: Holding

    mutating func holdBack(_ reason: HoldReason, at now: Instant) {
        for task in lifecycle.indices where lifecycle[task] == .ready {
            move(task, .hold(reason), at: now)
        }
        hold = reason
        newlyReady.removeAll()
    }

    mutating func letGo(at now: Instant) {
        hold = nil
        for task in lifecycle.indices {
            if case .held = lifecycle[task] { move(task, .release, at: now) }
        }
    }

    // MARK: Attempts

    /// - Returns: whether the attempt is a hedge.
    @discardableResult
    mutating func begin(
        _ task: Int, attempt: Int32, worker: Int32, agent: Int32, at now: Moment
    ) -> Bool {
        let index = Int32(executions.count)
        executions.append(
            attempt: attempt, worker: worker, agent: agent,
            previous: lifecycle.latestExecution(of: task), livePlace: live.count, at: now.wall)
        guard !lifecycle.isReady(task) else {
            // As the table of moves says, without going through it.
            lifecycle.start(task, index)
            counts.start()
            live.append(Int32(task))
            return false
        }
        lifecycle.setLatestExecution(index, of: task)
        if let live = lifecycle[task].live {
            executions.noteHedge(beside: Int(live.first))
            move(task, .hedge(execution: index), at: now.instant)
            return true
        }
        live.append(Int32(task))
        move(task, .dispatch(execution: index), at: now.instant)
        return false
    }

    mutating func end(_ task: Int, attempt: Int32, _ ending: AttemptEnding, at now: Moment) {
        // What most attempts come to.
        if case .completed = ending.outcome, case .final = ending.disposition,
            let only = lifecycle.onlyExecution(of: task), executions.attempt(only) == attempt
        {
            complete(task, only, ending, at: now)
            return
        }
        guard let index = liveExecution(of: task, attempt: attempt) else {
            preconditionFailure("attempt \(attempt) is not live: \(story(of: task))")
        }
        let place = livePlace(of: task)
        executions.end(Int(index), ending, at: now.wall)
        finish(task, index, ending, at: now.instant)
        if let live = lifecycle[task].live {
            // What was the second attempt may be the first now.
            executions.setLivePlace(place, of: Int(live.first))
        } else {
            removeLive(at: place)
        }
    }

    private mutating func finish(
        _ task: Int, _ index: Int32, _ ending: AttemptEnding, at now: Instant
    ) {
        let isCancelling = lifecycle[task].status == .cancelling
        switch ending.disposition {
        case .absorbed: move(task, .absorb(execution: index), at: now)
        case .requeue: move(task, isCancelling ? .stopped : .requeue, at: now)
        case .retry(let notBefore):
            retries[task] += 1
            move(task, .backOff(until: notBefore), at: now)
        case .final:
            move(
                task, Self.lastMove(ending.outcome, of: index, isCancelling: isCancelling),
                at: now)
        }
    }

    /// The only attempt at a running task has completed: a move of which it is known where it leads.
    @inline(always)
    private mutating func complete(
        _ task: Int, _ execution: Int, _ ending: AttemptEnding, at now: Moment
    ) {
        let place = executions.end(execution, ending, at: now.wall)
        lifecycle.complete(task, Int32(truncatingIfNeeded: execution))
        counts.complete()
        countOver(task)
        if !checkpoints.isEmpty { checkpoints[Int32(task)] = nil }
        if !deaths.isEmpty { deaths[Int32(task)] = nil }
        if hold == nil, !hasJoins {
            countDown(dependantsOf: task)
        } else {
            release(dependantsOf: task, at: now.instant)
        }
        removeLive(at: place)
    }

    /// The place of a task that runs in `live`; it is kept with its first attempt.
    @inline(always)
    func livePlace(of task: Int) -> Int {
        lifecycle[task].live.map { executions.livePlace(Int($0.first)) } ?? -1
    }

    @inline(always)
    private mutating func removeLive(at place: Int) {
        guard let last = live.popLast(), place < live.count else { return }
        live[place] = last
        guard let moved = lifecycle.firstExecution(of: Int(last)) else {
            preconditionFailure("a task is listed as live: \(story(of: Int(last)))")
        }
        executions.setLivePlace(place, of: moved)
    }

    private static func lastMove(
        _ outcome: AttemptOutcome, of execution: Int32, isCancelling: Bool
    ) -> TaskMove {
        switch outcome {
        case .completed: .complete(execution: execution)
        case .failed: .fail
        case .workerLost, .released: isCancelling ? .stopped : .lose
        case .cancelled, .superseded: isCancelling ? .stopped : .fail
        }
    }
}
