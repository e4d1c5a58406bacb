// The plan, from its bytes to columns; and the coordinator's loop, from the submission of these until the
// last result is committed, with the journal in memory.

import ScrivenerBatch
import ScrivenerCore
import ScrivenerModel

enum CountedPlan {
    static func run(_ recording: Recording) throws {
        Counted.start()
        let plan = try PlanParser.plan(fromJSON: recording.plan)
        let compiled = PlanCompiler.compile(
            plan, sessionID: "benchmark", defaults: OrchestrationConfig())
        Counted.stop()
        precondition(compiled.plan.tasks.count == recording.tasks, "nothing is left out")
        Counted.end("plan", times: recording.tasks)
    }
}

enum CountedLoop {
    static func run(_ recording: Recording) throws {
        var loop = try Recording.loop()
        var bytes = try Recording.play(recording.turns[0], on: &loop)
        loop.sent.removeAll()
        try Recording.submit(recording.plan, to: &loop)
        Counted.start()
        for turn in recording.turns.dropFirst() {
            bytes += try Recording.play(turn, on: &loop)
            loop.sent.removeAll(keepingCapacity: true)
        }
        Counted.stop()
        precondition(bytes == recording.sentBytes, "the same leads to the same")
        Counted.end("loop", times: recording.tasks)
    }
}
