// Limits on plans, and tasks that a running session gains.

import ScrivenerModel
import Testing

@Suite struct PlanLimitTests {
    private func refusal(_ json: String, _ limits: PlanLimits) -> ScrivenerError? {
        do throws(ScrivenerError) {
            _ = try PlanParser.plan(fromJSON: Array(json.utf8), limits: limits)
            return nil
        } catch {
            return error
        }
    }

    private func plan(_ count: Int, _ extra: String = "") -> String {
        let tasks = (0..<count).map { #"{"task_id":"t\#($0)","task_type":"t"\#(extra)}"# }
        return #"{"query":"q","tasks":[\#(tasks.joined(separator: ","))]}"#
    }

    /// Each limit: reached is fine, passed is refused with the limit and the actual.
    @Test func limitsAreNamedWithTheActual() {
        var limits = PlanLimits()
        limits.maximumTasks = 3
        #expect(refusal(plan(3), limits) == nil)
        #expect(
            refusal(plan(5), limits)?.mistakes == [
                Mistake(.planTooLarge, at: "/tasks", "too many tasks", limit: "3", actual: "5")
            ])
        limits.maximumParameterBytes = 4
        #expect(refusal(plan(1, #","parameters":{  }"#), limits) == nil)
        #expect(
            refusal(plan(1, #","parameters":{   }"#), limits)?.mistakes.map(\.path)
                == ["/tasks/0/parameters"])
        limits.maximumTextBytes = 3
        #expect(refusal(plan(1, #","description":"é1""#), limits) == nil)
        #expect(
            refusal(plan(1, #","description":"é12""#), limits)?.mistakes.map(\.actual)
                == ["4 bytes"])
        limits.maximumNameLength = 2
        #expect(refusal(plan(1), limits) == nil)
        #expect(
            refusal(plan(1, #","assigned_agent":"abc""#), limits)?.mistakes.map(\.actual) == ["3"])
        limits.maximumEdges = 0
        #expect(
            refusal(plan(1, #","dependencies":["t1"]"#), limits)?.mistakes.map(\.message)
                == ["too many dependencies"])
        limits.maximumPlanBytes = 10
        #expect(refusal(plan(1), limits)?.code == .planTooLarge)
    }

    /// A plan with a mistake in each of a million tasks gets an answer that somebody can read.
    @Test func theListOfMistakesIsBounded() {
        let error = refusal(plan(500, #","bogus":1"#), PlanLimits())
        #expect(error?.mistakes.count == 100)
        #expect(error?.message == "the plan has 500 mistakes; the first 100 are listed")
    }

    /// A deep chain of dependencies is no recursion.
    @Test func aLongChainIsTaken() {
        let tasks = (0..<3_000).map {
            #"{"task_id":"t\#($0)","task_type":"t","dependencies":["t\#($0 + 1)"]}"#
        }
        let last = #"{"task_id":"t3000","task_type":"t"}"#
        let json = #"{"query":"q","tasks":[\#((tasks + [last]).joined(separator: ","))]}"#
        #expect(refusal(json, PlanLimits()) == nil)
    }

    /// Proposed tasks may stand on those that are there, and may not be called as they are.
    @Test func proposedTasksFollowExistingOnes() throws {
        func read(_ text: String) throws(ScrivenerError) -> [ResearchTask] {
            try PlanParser.proposedTasks(fromJSON: Array(text.utf8), existing: ["a", "b"])
        }
        let good =
            #"{"tasks":[{"task_id":"c","task_type":"t","dependencies":["a","d"]},"#
            + #"{"task_id":"d","task_type":"t"}]}"#
        #expect(try read(good).map(\.dependencies) == [["a", "d"], []])
        #expect(try read(#"{"tasks":[]}"#).isEmpty)
        let bad =
            #"{"query":"q","tasks":[{"task_id":"a","task_type":"t"},"#
            + #"{"task_id":"c","task_type":"t","dependencies":["x","c"]}]}"#
        do {
            _ = try read(bad)
            Issue.record("taken")
        } catch {
            #expect(
                error.mistakes.map { "\($0.code.rawValue) \($0.path)" } == [
                    "plan_unknown_field /query", "plan_duplicate_task /tasks/0/task_id",
                    "plan_unknown_dependency /tasks/1/dependencies/0",
                    "plan_cycle /tasks/1/dependencies",
                ])
        }
    }
}
