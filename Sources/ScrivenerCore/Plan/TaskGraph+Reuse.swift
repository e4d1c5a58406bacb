// Results of another session take the place of attempts: their tasks are over before anything runs.

import ScrivenerModel

extension TaskGraph {
    /// Completes tasks with results that are there already, each after all that it depends on. A task that
    /// depends on one that is not completed so is left to run: its inputs are yet to come.
    ///
    /// - Precondition: Nothing of the session has begun.
    /// - Returns: the results that were taken over.
    mutating func reuse(_ results: [ReusedResult], at now: Instant) -> [ReusedResult] {
        precondition(executions.isEmpty, "results are taken over before anything has begun")
        let places = Dictionary(
            results.enumerated().map { ($1.task, $0) }, uniquingKeysWith: { first, _ in first })
        var taken: [ReusedResult] = []
        var next = 0
        while next < newlyReady.count {
            let task = newlyReady[next]
            next += 1
            guard let place = places[task] else { continue }
            complete(Int(task), with: results[place], at: now)
            taken.append(results[place])
        }
        newlyReady.removeAll { !lifecycle.isReady(Int($0)) }
        return taken
    }

    /// What is released by it stands at the end of `newlyReady`.
    private mutating func complete(_ task: Int, with result: ReusedResult, at now: Instant) {
        let place = Int32(executions.count)
        executions.append(
            attempt: result.attempt, worker: result.worker, agent: result.agent, previous: -1,
            at: result.dispatchedAt)
        executions.end(Int(place), result.ending, at: result.endedAt)
        lifecycle.setLatestExecution(place, of: task)
        reused.append(Int32(task))
        move(task, .reuse(execution: place), at: now)
    }
}
