// Sessions that grow while they run: a planner's result adds the tasks that it planned.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct ExtensionStories {
    /// New tasks run behind the one that proposed them; those on old completed tasks at once.
    @Test func aResultAddsTasks() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "old; plan+ < old")
        world.complete("w1", "s/old#1")
        #expect(
            world.complete("w1", "s/plan#1", proposing: "n1 < old; n2 < plan; n3 < n1 n2; n4") == [
                "fact: s extended by plan with n1, n2, n3, n4",
                "fact: s/plan#1 completed",
                "fact: s/n1#1 dispatched to work on w1",
                "fact: s/n2#1 dispatched to work on w1",
                "fact: s/n4#1 dispatched to work on w1",
                "w1 ← committed s/plan#1",
                "w1 ← dispatch s/n1#1, s/n2#1, s/n4#1",
            ])
        let specification = world.core.told(of: world.names.attempt("s/n2#1"))
        #expect(specification?.inputs.map(\.taskID) == ["plan"])
        world.complete("w1", "s/n1#1", "s/n2#1", "s/n4#1")
        #expect(world.complete("w1", "s/n3#1").contains("fact: s ended: completed"))
    }

    /// Only a task that its plan gave the right, and only while it runs, is offered a context.
    @Test func theRightToExtendComesFromThePlan() {
        var world = World()
        world.join("w1", "work*4")
        world.submit("s", "a; b+; c+ < a")
        #expect(world.proposal("s/a#1", "n") == nil)
        #expect(world.proposal("s/b#1", "n") != nil)
        #expect(world.proposal("s/b#2", "n") == nil)
        #expect(world.proposal("s/c#1", "n") == nil)
        #expect(
            world.core.extensionContext(for: world.names.attempt("s/b#1"))?.existingIDs.count == 3)
    }

    /// Tasks that are proposed behind one that has failed. (Regression: one that stood before the
    /// skipped task in the list waited for it for ever.)
    @Test func newTasksBehindAFailedOneAreSkipped() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "bad; plan+", OrchestrationConfig(maxRetryAttempts: 0))
        world.fail("w1", "s/bad#1", .permanent)
        #expect(
            world.complete(
                "w1", "s/plan#1",
                proposing: "x < y; y < bad; z? < y; both? < x y z; last < both") == [
                    "fact: s extended by plan with x, y, z, both, last",
                    "fact: s/plan#1 completed",
                    "fact: s/z#1 dispatched to work on w1",
                    "w1 ← committed s/plan#1",
                    "w1 ← dispatch s/z#1",
                ])
        #expect(
            world.statuses("s") == [
                "bad failed", "plan completed", "x skipped", "y skipped", "z running",
                "both waiting", "last waiting",
            ])
        #expect(world.complete("w1", "s/z#1").last == "w1 ← dispatch s/both#1")
        world.complete("w1", "s/both#1")
        #expect(world.complete("w1", "s/last#1").contains("fact: s ended: partial"))
    }

    /// Two planners of one session in one message: the numbers of the second proposal were given
    /// out before the first was taken, and are put right. (Regression: its dependencies led to the
    /// first one's tasks.)
    @Test func aProposalThatWasOvertakenIsRenumbered() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "p+; q+", OrchestrationConfig(maxRetryAttempts: 0))
        let results = [
            world.ended("s/p#1", proposed: world.proposal("s/p#1", "p1; p2 < p1")),
            world.ended("s/q#1", proposed: world.proposal("s/q#1", "q1; q2 < q1")),
        ]
        #expect(
            world.report("w1", results) == [
                "fact: s extended by p with p1, p2",
                "fact: s/p#1 completed",
                "fact: s extended by q with q1, q2",
                "fact: s/q#1 completed",
                "fact: s/p1#1 dispatched to work on w1",
                "fact: s/q1#1 dispatched to work on w1",
                "w1 ← committed s/p#1, s/q#1",
                "w1 ← dispatch s/p1#1, s/q1#1",
            ])
        #expect(
            world.snapshot("s")?.tasks.map(\.dependencies) == [[], [], [], [2], [], [4]])
        #expect(world.snapshot("s")?.tasks.map(\.addedBy) == [nil, nil, 0, 0, 1, 1])
    }

    /// Two planners have had the same idea and given it the same name: the second says so, and what
    /// it had planned is not taken by halves.
    @Test func aProposalWithATakenNameIsRefused() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "p+; q+; r < q")
        let results = [
            world.ended("s/p#1", proposed: world.proposal("s/p#1", "n")),
            world.ended("s/q#1", proposed: world.proposal("s/q#1", "m; n < m")),
        ]
        #expect(
            world.report("w1", results) == [
                "fact: s extended by p with n", "fact: s/p#1 completed",
                "fact: s/q#1 failed (permanent)", "fact: s/n#1 dispatched to work on w1",
                "w1 ← committed s/p#1, s/q#1", "w1 ← dispatch s/n#1",
            ])
        #expect(world.complete("w1", "s/n#1").contains("fact: s ended: partial"))
    }

    /// Tasks that are proposed when the session is being cancelled are not taken.
    @Test func aCancelledSessionDoesNotGrow() {
        var world = World()
        world.join("w1", "work*2")
        world.submit("s", "p+; q")
        world.cancel("s")
        #expect(
            world.complete("w1", "s/p#1", proposing: "n") == [
                "fact: s/p#1 completed", "w1 ← committed s/p#1",
            ])
    }

    /// A failed attempt proposes nothing, whatever its message holds.
    @Test func aFailureProposesNothing() {
        var world = World()
        world.join("w1")
        world.submit("s", "p+", OrchestrationConfig(maxRetryAttempts: 0))
        let columns = world.proposal("s/p#1", "n")
        let lines = world.report(
            "w1", [world.ended("s/p#1", failure: .permanent, proposed: columns)])
        #expect(lines.contains("fact: s ended: failed"))
        #expect(world.archives[0].tasks.count == 1)
    }

    /// A large fan-out that grows twice: rows of dependants move when they gain entries.
    @Test func aTaskMayGainDependantsTwice() {
        var world = World()
        world.join("w1", "work*8")
        world.submit("s", "root; p+; q+; r < root")
        world.complete("w1", "s/p#1", proposing: "p1 < root q; p2 < root")
        world.complete("w1", "s/q#1", proposing: "q1 < root p1; q2 < p2 r")
        #expect(
            world.complete("w1", "s/root#1").last
                == "w1 ← dispatch s/r#1, s/p1#1, s/p2#1")
        world.complete("w1", "s/r#1", "s/p1#1", "s/p2#1")
        #expect(
            world.complete("w1", "s/q1#1", "s/q2#1").contains("fact: s ended: completed"))
    }
}
