// The machine that supervises a local cluster: what it does when processes die, when pools need more or fewer
// workers, and when somebody wants it to stop. Times are those that the stories say; nothing runs.

import Testing

@testable import scrivener

/// A coordinator, a pool of three of which one is there from the start, and a worker of no pool.
private struct Story {
    var machine: ClusterMachine
    var now = Duration.zero

    init(command: Bool = false) {
        func process(
            _ role: ClusterProcess.Role, _ name: String, isSpare: Bool = false
        ) -> ClusterProcess {
            ClusterProcess(
                role: role, name: name, program: name, arguments: [], isSpare: isSpare)
        }
        machine = ClusterMachine(
            processes: [
                process(.coordinator, "coordinator"), process(.worker, "p/1"),
                process(.worker, "p/2", isSpare: true), process(.worker, "p/3", isSpare: true),
                process(.worker, "single"),
            ] + (command ? [process(.command, "command")] : []),
            pools: [ClusterPool(name: "p", members: 1..<4)])
    }

    mutating func happens(
        _ event: ClusterMachine.Event, after wait: Duration = .zero
    ) -> [ClusterMachine.Effect] {
        now += wait
        return machine.handle(event, at: now)
    }

    /// The cluster is ready.
    static func ready() -> Story {
        var story = Story()
        _ = story.happens(.begin)
        _ = story.happens(.ready)
        return story
    }

    mutating func reading(
        desired: Int, mayLeave: [Int] = [], after wait: Duration = .seconds(1)
    ) -> [ClusterMachine.Effect] {
        happens(
            .watched([.init(pool: 0, desired: desired, mayLeave: mayLeave, reason: "why")]),
            after: wait)
    }
}

struct ClusterMachineTests {
    @Test func `At the start the spare workers are not there`() {
        var story = Story()
        #expect(story.happens(.begin) == [.start(0), .start(1), .start(4), .probe])
        #expect(story.happens(.ready) == [.announce, .watch(leaving: [])])
    }

    @Test func `Without pools that change nobody watches them`() {
        var machine = ClusterMachine(processes: [
            ClusterProcess(role: .coordinator, name: "c", program: "c", arguments: [])
        ])
        _ = machine.handle(.begin, at: .zero)
        #expect(machine.handle(.ready, at: .zero) == [.announce])
    }

    @Test func `A pool that needs more gets more, as many as it may have`() {
        var story = Story.ready()
        #expect(
            story.reading(desired: 2)
                == [.log("p: 1 → 2 workers: why"), .start(2), .watch(leaving: [])])
        #expect(story.reading(desired: 2) == [.watch(leaving: [])])
        #expect(
            story.reading(desired: 9)
                == [.log("p: 2 → 3 workers: why"), .start(3), .watch(leaving: [])])
    }

    /// A busy worker is never taken away: only those that the coordinator calls idle are asked to leave.
    @Test func `A pool that needs fewer loses who has nothing to do`() {
        var story = Story.ready()
        _ = story.reading(desired: 3)
        #expect(story.reading(desired: 1) == [.watch(leaving: [])])
        #expect(
            story.reading(desired: 1, mayLeave: [2])
                == [.log("p: 3 → 2 workers: why"), .watch(leaving: [2])])
        #expect(story.happens(.ended(2, .exited(0))) == [.log("p/2 has left")])
        #expect(
            story.reading(desired: 2) == [.watch(leaving: [])], "there are two, and two are wanted")
    }

    @Test func `No more leave than are too many`() {
        var story = Story.ready()
        _ = story.reading(desired: 3)
        #expect(
            story.reading(desired: 2, mayLeave: [1, 2, 3])
                == [.log("p: 3 → 2 workers: why"), .watch(leaving: [1])])
    }

    /// The coordinator was restarted between the question and its answer, and knows of no drain.
    @Test func `Who was asked to leave and is still there is asked again`() {
        var story = Story.ready()
        _ = story.reading(desired: 2)
        _ = story.reading(desired: 1, mayLeave: [2])
        #expect(story.reading(desired: 1, mayLeave: [2]) == [.watch(leaving: [2])])
        #expect(story.reading(desired: 1) == [.watch(leaving: [])])
    }

    /// The load comes back while a worker leaves: it is not called back, another takes its place, and its own
    /// place is free when it has left.
    @Test func `Who leaves does not count`() {
        var story = Story.ready()
        _ = story.reading(desired: 2)
        _ = story.reading(desired: 1, mayLeave: [2])
        #expect(
            story.reading(desired: 2)
                == [.log("p: 1 → 2 workers: why"), .start(3), .watch(leaving: [])])
        _ = story.happens(.ended(2, .exited(0)))
        #expect(
            story.reading(desired: 3)
                == [.log("p: 2 → 3 workers: why"), .start(2), .watch(leaving: [])])
    }

    @Test func `A worker that dies is wanted still, and is started again`() {
        var story = Story.ready()
        _ = story.reading(desired: 2)
        #expect(
            story.happens(.ended(2, .signalled(9)))
                == [
                    .log("p/2 was ended by signal 9; starting it again in 0.5 s"),
                    .restartLater(2, after: .milliseconds(500)),
                ])
        #expect(story.reading(desired: 2) == [.watch(leaving: [])])
        #expect(story.happens(.restartDue(2)) == [.start(2)])
    }

    @Test func `A worker that waits to be started again is the first to go`() {
        var story = Story.ready()
        _ = story.reading(desired: 2)
        _ = story.happens(.ended(2, .signalled(9)))
        #expect(
            story.reading(desired: 1, mayLeave: [1])
                == [.log("p: 2 → 1 workers: why"), .watch(leaving: [])])
        #expect(story.happens(.restartDue(2)) == [])
    }

    @Test func `While the coordinator does not answer nothing changes`() {
        var story = Story.ready()
        _ = story.reading(desired: 2)
        #expect(story.happens(.watched([]), after: .seconds(1)) == [.watch(leaving: [])])
    }

    @Test func `Who leaves is stopped with the others`() {
        var story = Story.ready()
        _ = story.reading(desired: 2)
        _ = story.reading(desired: 1, mayLeave: [2])
        #expect(
            story.happens(.stopRequested) == [.log("stopping"), .terminate([0, 1, 2, 4])])
        #expect(story.reading(desired: 3) == [])
        for index in [0, 1, 2] { #expect(story.happens(.ended(index, .exited(0))) == []) }
        #expect(story.happens(.ended(4, .exited(0))) == [.finish(.stopped)])
    }

    @Test func `A command is run when all are ready, and its end is the cluster's`() {
        var story = Story(command: true)
        _ = story.happens(.begin)
        #expect(
            story.happens(.ready) == [.announce, .start(5), .watch(leaving: [])])
        #expect(story.happens(.ended(5, .exited(7))) == [.terminate([0, 1, 4])])
        for index in [0, 1] { _ = story.happens(.ended(index, .exited(0))) }
        #expect(
            story.happens(.ended(4, .exited(0))) == [.finish(.commandEnded(.exited(7)))])
    }

    @Test func `Each death in a row is waited for twice as long, until one has lived`() {
        var story = Story.ready()
        var delays: [Duration] = []
        for life in [1, 1, 1, 60] as [Int] {
            let effects = story.happens(.ended(4, .exited(1)), after: .seconds(life))
            for case .restartLater(4, after: let delay) in effects { delays.append(delay) }
            _ = story.happens(.restartDue(4))
        }
        #expect(delays == [.milliseconds(500), .seconds(1), .seconds(2), .milliseconds(500)])
    }

    @Test func `A coordinator that dies before it is ready ends the cluster`() {
        var story = Story()
        _ = story.happens(.begin)
        #expect(story.happens(.ended(0, .exited(78))) == [.terminate([1, 4])])
        _ = story.happens(.ended(1, .exited(0)))
        #expect(
            story.happens(.ended(4, .exited(0)))
                == [.finish(.failed("the coordinator exited with code 78 before it was ready"))])
    }
}
