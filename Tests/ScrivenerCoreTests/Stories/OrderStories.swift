// Which of a session's ready tasks starts first.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct OrderStories {
    /// The order in which a session's tasks start, one after the other, each taking as long as its
    /// type does.
    private func order(
        _ session: String, in world: inout World, _ times: [String: Double] = [:],
        from lines: [String]
    ) -> String {
        var order: [Substring] = []
        var lines = lines
        while let dispatch = lines.last(where: { $0.contains(" ← dispatch ") }) {
            let sides = dispatch.split(separator: " ← dispatch ")
            let task = sides[1].dropFirst(session.count + 1).prefix { $0 != "#" }
            order.append(task)
            let seconds = times[String(task.prefix(1))] ?? 1
            lines = world.complete(String(sides[0]), String(sides[1]), taking: seconds)
        }
        return order.joined(separator: " ")
    }

    private func order(_ graph: String, _ configuration: CoreConfiguration = CoreConfiguration())
        -> String
    {
        var world = World(configuration)
        world.join("w1", "all(work,read,planning,web_search,quality_review)*1")
        let lines = world.submit("s", graph)
        return order("s", in: &world, from: lines)
    }

    /// What somebody says is urgent goes first, whatever hangs on the others.
    @Test func priorityGoesFirst() {
        #expect(
            order("a{priority=3}; b; c{priority=10}; d{priority=6}; x < a; y < x; z < y")
                == "c d b a x y z")
    }

    /// The longest path first: what is begun late there is late in the end.
    @Test func thenTheLongestPath() {
        #expect(order("a; b; c; b1 < b; c1 < c; c2 < c1") == "c b c1 a b1 c2")
    }

    /// In whatever order the plan names them: here what waits stands before what it waits for.
    @Test func thenTheLongestPathOfAnyPlan() {
        #expect(order("x < a; y < x; z; z1 < z; a").hasPrefix("a "))
        #expect(order("z; z1 < z; y < x; x < a; a").hasPrefix("a "))
    }

    /// The same for tasks that a planner adds to a session that was nothing but its own task.
    /// (Regression: all that took longer than the planner counted as equally long.)
    @Test func theLongestPathAmongNewTasks() {
        var world = World()
        world.join("w1", "work*1")
        world.submit("s", "p+")
        let lines = world.complete("w1", "s/p#1", proposing: "a; b; b1 < b; c; c1 < c; c2 < c1")
        #expect(order("s", in: &world, from: lines) == "c b c1 a b1 c2")
    }

    /// What is learned moves often. The order of a large session is made anew when a part of it has
    /// been started since, not with each surprise.
    @Test func aLargeSessionIsNotRankedWithEachSurprise() {
        var configuration = CoreConfiguration()
        configuration.maximumPrefetchPerSlot = 0
        var world = World(configuration)
        world.join("w1", "work*1")
        world.submit("s", (0..<704).map { "t\($0)" }.joined(separator: ";"))
        var rankedAt: [Int?] = []
        for number in 0..<24 {
            // Each surprise is larger than all that was known before.
            world.complete("w1", "s/t\(number)#1", taking: Double(1 << number))
            rankedAt.append(world.core.sessions.read(1) { $0.rankedAt })
        }
        #expect(rankedAt[8] == 0)
        #expect((11...24).contains(rankedAt[23] ?? 0))
        #expect(Set(rankedAt).count <= 3)
    }

    /// A plan that knows its tasks' run times is believed.
    @Test func statedRunTimesCount() {
        #expect(
            order("a{expected=1}; b{expected=9}; c{expected=4}; d{expected=6} < a")
                == "b a d c")
    }

    /// Among paths of the same length the type decides: planning before a web search before a
    /// review.
    @Test func thenTheWeightOfTheType() {
        #expect(
            order(
                "a:quality_review{expected=2}; b:web_search{expected=2}; c:planning{expected=2}; "
                    + "d:read{expected=2}") == "c b d a")
    }

    /// Then age: what has waited longer; and among tasks of one moment the order of the plan.
    @Test func thenAge() {
        var configuration = CoreConfiguration()
        configuration.maximumPrefetchPerSlot = 0
        var world = World(configuration)
        world.join("w1", "work*1")
        world.submit("s", "p+; q+; d")
        world.wait(10, alive: "w1")
        world.complete("w1", "s/p#1", proposing: "n1; n2")
        world.wait(10, alive: "w1")
        let lines = world.complete("w1", "s/q#1", proposing: "m1")
        #expect(order("s", in: &world, from: lines) == "d n1 n2 m1")
    }

    /// Without all that: as they became ready. Priority still counts.
    @Test func firstComeFirstServed() {
        var configuration = CoreConfiguration()
        configuration.ordering = .fifo
        #expect(
            order("a:quality_review; b; c; c1 < c; d:planning{priority=8}", configuration)
                == "d a b c c1")
    }

    // MARK: Changes while tasks wait

    /// Somebody needs one answer sooner, or later, than the others.
    @Test func aPriorityMayBeChanged() {
        var world = World()
        world.join("w1", "work*1")
        let lines = world.submit("s", "a; b; c; d")
        #expect(
            world.prioritize("s", "d", 9) == [
                "fact: s/d has priority 9", "reply: s in_progress, 0 of 4 completed",
            ])
        world.prioritize("s", "b", 1)
        #expect(world.snapshot("s")?.tasks.map(\.priority) == [5, 1, 5, 9])
        #expect(order("s", in: &world, from: lines) == "a d c b")
    }

    /// For a whole session it counts for what is still to come, and takes the place of what was said
    /// of single tasks; within the session the order is as before.
    @Test func aSessionsPriorityMayBeChanged() {
        var world = World()
        world.join("w1", "work*1")
        let lines = world.submit("s", "a; b{priority=2}; c{priority=8}; d; e+; f < a")
        world.prioritize("s", "b", 10)
        world.prioritize("s", nil, 7)
        #expect(world.snapshot("s")?.tasks.map(\.priority) == [7, 7, 7, 7, 7, 7])
        world.prioritize("s", "d", 9)
        #expect(order("s", in: &world, from: lines) == "c d a b e f")
    }

    /// It survives a restart.
    @Test func aChangedPrioritySurvives() {
        var world = World()
        world.submit("s", "a; b; c")
        world.prioritize("s", nil, 3)
        world.prioritize("s", "c", 4)
        world.restart()
        let lines = world.join("w1", "work*1")
        #expect(order("s", in: &world, from: lines) == "c a b")
    }

    /// What cannot be is refused.
    @Test func whatIsNoPriorityIsRefused() {
        var world = World()
        world.submit("s", "a")
        #expect(world.prioritize("s", "a", 0) == ["reply: refused: request_invalid"])
        #expect(world.prioritize("s", nil, 11) == ["reply: refused: request_invalid"])
        #expect(world.prioritize("s", "x", 5) == ["reply: refused: task_not_found"])
        #expect(world.prioritize("x", nil, 5) == ["reply: not open"])
    }

    // MARK: Learned

    /// Nothing is known of two types, and they count as equal; once they have run, the one that
    /// takes longer goes first.
    @Test func learnedRunTimesCount() {
        var world = World()
        world.join("w1", "all(long,short)*1")
        let graph = "s1:short; s2:short; l1:long; l2:long"
        var lines = world.submit("s", graph)
        #expect(order("s", in: &world, ["s": 1, "l": 9], from: lines) == "s1 s2 l1 l2")
        lines = world.submit("t", graph)
        #expect(order("t", in: &world, ["s": 1, "l": 9], from: lines) == "l1 l2 s1 s2")
    }

    /// Learned while the session runs: the tasks that wait are put in order anew.
    @Test func ranksFollowWhatIsLearned() {
        var world = World()
        world.join("w1", "all(long,short)*1")
        let lines = world.submit("s", "s1:short; l1:long; s2:short; l2:long; s3:short; l3:long")
        #expect(
            order("s", in: &world, ["s": 0.5, "l": 50], from: lines) == "s1 l1 l2 l3 s2 s3")
    }

    /// Two surprises come one after the other, and nothing is begun between them: a worker is on its
    /// way out. The second counts as well.
    @Test func everySurpriseCountsInASmallSession() {
        var configuration = CoreConfiguration()
        configuration.maximumPrefetchPerSlot = 0
        var world = World(configuration)
        world.join("w1", "all(long,short)*1")
        world.join("w2", "all(long,short)*1")
        world.submit("s", "s1:short; l1:long; s2:short; s3:short; l2:long")
        #expect(world.statuses("s").prefix(2) == ["s1 running", "l1 running"])
        world.drain("w1")
        world.complete("w1", "s/s1#1", taking: 20)
        #expect(world.core.sessions.read(1) { $0.rankedAt } == 2)
        #expect(
            world.complete("w2", "s/l1#1", taking: 900).last == "w2 ← dispatch s/l2#1")
    }

    /// A graph that is too large for one look is ranked in slices, and then the longest path goes
    /// first there too. Were the slices forgotten, it would be first come, first served for ever.
    @Test func aHugeSessionIsRankedInSlices() throws {
        var core = OrchestratorCore(
            configuration: CoreConfiguration(), journalID: "journal", incarnation: 1, seed: 1)
        var outcome = Outcome()
        let count = 2 * OrchestratorCore.rankedAtOnce + 2
        var graph = (0..<count).map { ResearchTask(taskID: "t\($0)", taskType: "work") }
        graph[count - 1].dependencies = ["t\(count - 2)"]
        let plan = PlanCompiler.compile(
            ResearchPlan(query: "?", tasks: graph), sessionID: "s", defaults: OrchestrationConfig()
        ).plan
        core.handle(.submit(plan, ReplyToken(1)), at: World.moment(at: .zero), into: &outcome)
        #expect(core.sessions.read(1) { $0.ranks.count } == 0)
        let due = try #require(core.nextDeadline)
        core.handle(.tick, at: World.moment(at: due), into: &outcome)
        let longest = core.sessions.read(1) { $0.ranks.remaining(count - 2) } ?? .zero
        let single = core.sessions.read(1) { $0.ranks.remaining(0) } ?? .zero
        #expect(single > .zero && longest > single)
    }

    /// A whole path of short tasks against one long task, before and after it is known how long.
    @Test func pathsAreWeighedAnew() {
        var world = World()
        world.join("w1", "all(long,short)*1")
        let graph = "l1:long; s1:short; s2:short < s1; s3:short < s2"
        var lines = world.submit("s", graph)
        #expect(order("s", in: &world, ["s": 1, "l": 9], from: lines).hasPrefix("s1"))
        lines = world.submit("t", graph)
        #expect(order("t", in: &world, ["s": 1, "l": 9], from: lines) == "l1 s1 s2 s3")
    }
}
