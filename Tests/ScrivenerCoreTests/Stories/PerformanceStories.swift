// What past attempts teach about where the next task goes.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct PerformanceStories {
    private let once = OrchestrationConfig(maxRetryAttempts: 0)

    /// A session's tasks are completed wherever they go, each in its worker's own time.
    private func run(
        _ session: String, _ graph: String, _ times: [String: Double], in world: inout World
    ) {
        var lines = world.submit(session, graph)
        while let line = lines.popLast() {
            let sides = line.split(separator: " ← dispatch ").map(String.init)
            guard sides.count == 2, let seconds = times[sides[0]] else { continue }
            for attempt in sides[1].split(separator: ", ") {
                lines += world.complete(sides[0], String(attempt), taking: seconds)
            }
        }
    }

    /// Where `t`, a task alone in an idle pool, goes after both hosts have worked for a while.
    private func placeAfterSomeWork(_ placement: PlacementStrategy) -> String? {
        var world = World(placement: placement)
        world.join("slow", "work*2")
        world.join("fast", "work*1")
        for number in 1...6 {
            run("s\(number)", "a; b; c", ["slow": 8, "fast": 2], in: &world)
        }
        return world.submit("t", "a").last
    }

    /// An old host with many slots beside a new one with few: the new one goes first, as long as it
    /// has a slot.
    @Test func theFasterHostGoesFirst() {
        #expect(placeAfterSomeWork(.performanceAware) == "fast ← dispatch t/a#1")
        #expect(placeAfterSomeWork(.leastLoaded) == "slow ← dispatch t/a#1")
    }

    /// The slow one is not left out: what the fast one would be done with later goes there.
    @Test func theSlowerHostTakesTheRest() {
        var world = World(placement: .performanceAware)
        world.join("slow", "work*1")
        world.join("fast", "work*1")
        for number in 1...12 {
            run("s\(number)", "a; b", ["slow": 8, "fast": 2], in: &world)
        }
        let lines = world.submit("t", (1...9).map { "a\($0)" }.joined(separator: ";"))
        #expect(lines.suffix(2).map { $0.prefix(4) } == ["fast", "slow"], "\(lines)")
        #expect(world.statuses("t").count { $0.hasSuffix(" running") } == 2)
    }

    /// A diagnosis holds what runs against what the pool knows, and says nothing of a type of which
    /// it knows too little.
    @Test func aDiagnosisKnowsWhatIsUsual() {
        var world = World(placement: .performanceAware)
        world.join("w", "work*2")
        world.submit("t", "a")
        for number in 1..<DurationModel.samplesForTail {
            run("s\(number)", "a", ["w": 3], in: &world)
        }
        #expect(unusualRunTimes("t", in: &world) == [:])
        run("last", "a", ["w": 3], in: &world)
        let limit = unusualRunTimes("t", in: &world)["work"] ?? .zero
        // All took the same time: twice that is unusual, and a bucket's width is the error.
        #expect((TimeSpan.seconds(5.6)...TimeSpan.seconds(6.4)).contains(limit), "\(limit)")
    }

    private func unusualRunTimes(_ id: String, in world: inout World) -> [String: TimeSpan] {
        guard case .diagnosis(let open) = world.ask(.diagnose(sessionID: id)) else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: open.unusualRunTimes.map { ($0.taskType, $0.runTime) })
    }

    /// What was learned from one type of task serves the others, and a worker that comes back is
    /// known.
    @Test func aWorkerIsKnownAgain() {
        var world = World(placement: .performanceAware)
        world.join("slow", "all(read,write)*2")
        world.join("fast", "all(read,write)*1")
        for number in 1...4 {
            run("s\(number)", "a:read; b:read; c:read", ["slow": 8, "fast": 2], in: &world)
        }
        world.join("slow", "all(read,write)*2", incarnation: 2)
        #expect(world.submit("t", "a:write").last == "fast ← dispatch t/a#1")
    }

    /// It fails now and then, too seldom for its breaker: others that are as fast go first.
    @Test func failuresCountAsTime() {
        var world = World(placement: .performanceAware)
        world.join("shaky", "work*2")
        world.join("sound", "work*1")
        #expect(world.submit("s", "a", once).last == "shaky ← dispatch s/a#1")
        world.fail("shaky", "s/a#1", .transient)
        #expect(world.submit("t", "a").last == "sound ← dispatch t/a#1")
    }

    /// The disk of one host is full: trying again there would fail again.
    @Test(arguments: PlacementStrategy.allCases)
    func aRetryGoesElsewhere(_ placement: PlacementStrategy) {
        var world = World(placement: placement)
        world.join("first", "work*4")
        world.join("second", "work*1")
        let config = OrchestrationConfig(retryDelaySeconds: 0)
        #expect(world.submit("s", "a", config).last == "first ← dispatch s/a#1")
        #expect(world.fail("first", "s/a#1", .transient).last == "second ← dispatch s/a#2")
    }

    /// There is no other, or none with a slot: the same one is better than none.
    @Test func aRetryStaysWhereItHasTo() {
        var world = World(placement: .performanceAware)
        world.join("first", "work*4")
        world.join("second", "work*1")
        let config = OrchestrationConfig(retryDelaySeconds: 0)
        world.submit("s", "a", config)
        world.submit("t", "x; y", config)
        #expect(world.fail("first", "s/a#1", .transient).last == "first ← dispatch s/a#2")
    }

    /// Turns, for each demand its own.
    @Test func roundRobin() {
        var world = World(placement: .roundRobin)
        for name in ["w1", "w2", "w3"] { world.join(name, "all(read,write)*8") }
        let places = ["a:read", "b:read", "c:write", "d:read", "e:read"].map {
            world.submit("s\($0.prefix(1))", $0).last?.prefix(2)
        }
        #expect(places == ["w1", "w2", "w1", "w3", "w1"])
    }

    /// Workers of ever new names, and plans with ever new types.
    @Test func whatIsLearnedIsBounded() {
        var world = World(placement: .performanceAware)
        for number in 1...300 {
            world.join("w\(number)", "work*1")
            world.submit("s\(number)", "a")
            world.complete("w\(number)", "s\(number)/a#1")
            world.leave("w\(number)")
        }
        #expect(world.core.performance.count <= 65)
        var performance = LearnedPerformance()
        let kinds = (0..<5_000).map { performance.kind(of: "type\($0)", weight: 5) }
        #expect(kinds.last == Int32(DurationModel.maximumTypes - 1))
        #expect(performance.durations.types.count == DurationModel.maximumTypes)
        #expect(kinds.prefix(9) == [0, 1, 2, 3, 4, 5, 6, 7, 8])
    }
}
