// What people ask for is done at once, or refused for a reason; and what running tasks say of
// themselves is what is told of them.

import ScrivenerCore
import ScrivenerModel

extension World {
    /// Asked when the ledger has heard of all that a request led to.
    func checkRequest(_ event: OrchestratorEvent) {
        switch event {
        case .submit(let plan, _):
            let hasRoom = handled.openCount < configuration.maximumOpenSessions
            expect(
                handled.numbers[plan.sessionID] != nil || !hasRoom,
                "\(plan.sessionID) was submitted and is not there")
        case .rerun(let submission, _):
            let id = submission.plan.sessionID
            let hasRoom = handled.openCount < configuration.maximumOpenSessions
            expect(
                handled.numbers[id] != nil || !hasRoom, "\(id) was to run again and is not there")
        case .cancel(let id, _):
            guard let record = record(id) else { return }
            expect(record.isCancelled || record.ended != nil, "\(id) was cancelled and goes on")
        case .pause(let id, _, _):
            guard let record = record(id), record.ended == nil, !record.isCancelled else { return }
            expect(record.isPaused, "\(id) was paused and goes on")
        case .resume(let id, _):
            guard let record = record(id), record.ended == nil, !record.isCancelled else { return }
            expect(!record.isPaused, "\(id) was resumed and is paused")
        case .prioritize(let id, let task, let priority, _):
            guard let record = record(id), record.ended == nil, (1...10).contains(priority) else {
                return
            }
            for place in record.tasks.indices
            where task == nil || record.tasks[place].id == task {
                expect(
                    Int(record.priority(of: place)) == priority,
                    "\(id)/\(record.tasks[place].id) was to have priority \(priority)")
            }
        default: return
        }
    }

    private func record(_ id: String) -> SessionRecord? {
        handled.numbers[id].flatMap(handled.session)
    }

    // MARK: What tasks say of themselves

    func noteReports(_ heartbeat: WorkerHeartbeat, of name: String) {
        for said in heartbeat.progress
        where handled.holder(of: said.attempt).flatMap(handled.name(ofWorker:)) == name {
            watch.reports[TaskKey(said.attempt)] = said
        }
    }

    /// What was said of an attempt is not said of the next.
    func forgetReport(of attempt: AttemptReference) {
        if handled.task(of: attempt)?.isLive != true {
            watch.reports[TaskKey(attempt)] = nil
        }
    }

    func checkReports(_ progress: ProgressReport, _ number: Int64, _ record: SessionRecord) {
        let live = record.tasks.indices.filter { record.tasks[$0].isLive }
        for (place, told) in zip(live, progress.currentTasks) {
            let first = AttemptReference(session: number, task: Int32(place), attempt: 1)
            let said = watch.reports[TaskKey(first)]
            expect(
                told.progress == said.map { Double($0.permille) / 1_000 }
                    && told.message == said?.message,
                "\(record.id)/\(told.taskID) is told to be at \(told.progress ?? -1)")
        }
    }
}
