// Tasks that need more than the slot that others leave: they are not overtaken for ever.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct RoomStories {
    /// A pool whose slots never stand empty: small tasks of a second each, ended one by one.
    private struct Busy {
        var world: World
        /// Attempts that run, the oldest first, each with its worker.
        private var running: [(worker: String, attempt: String)] = []
        private let workers: [String]

        init(_ workers: String..., small count: Int = 60) {
            world = World()
            self.workers = workers
            for worker in workers { world.join(worker, "work*2") }
            note(world.submit("small", (0..<count).map { "t\($0)" }.joined(separator: "; ")))
        }

        mutating func note(_ lines: [String]) {
            for line in lines {
                let sides = line.split(separator: " ← dispatch ").map(String.init)
                guard sides.count == 2 else { continue }
                for attempt in sides[1].split(separator: ", ") {
                    running.append((sides[0], String(attempt)))
                }
            }
        }

        /// Half a second passes, and the attempt that has run for longest ends.
        @discardableResult
        mutating func goOn() -> [String] {
            var lines = wait(0.5)
            guard !running.isEmpty else { return lines }
            let oldest = running.removeFirst()
            lines += world.complete(oldest.worker, oldest.attempt)
            note(lines)
            return lines
        }

        mutating func wait(_ seconds: Double) -> [String] {
            let lines = world.wait(seconds)
            return lines + workers.flatMap { world.beat($0) }
        }

        /// An attempt goes on for as long as the story lasts.
        mutating func letRun(_ attempt: String) { running.removeAll { $0.attempt == attempt } }

        /// How many attempts end until a task starts; `nil` when that takes more than `most`.
        mutating func endsUntilStart(of attempt: String, most: Int = 40) -> Int? {
            for count in 1...most where goOn().contains(where: { $0.hasSuffix(attempt) }) {
                return count
            }
            return nil
        }
    }

    /// A task that takes both slots of the only worker, behind sixty small ones: after a while no
    /// other is started, and it runs.
    @Test func aTaskThatTakesSeveralSlotsGetsThem() throws {
        var busy = Busy("w1")
        busy.note(busy.world.submit("wide", "all{slots=2}"))
        let started = busy.endsUntilStart(of: "wide/all#1")
        let ends = try #require(started)
        // Five seconds of two ends each, and those that ran then.
        #expect((10...13).contains(ends))
        #expect(busy.world.progress("small")?.completedTasks ?? 0 < 20)
        // Then the others go on.
        #expect(
            busy.world.complete("w1", "wide/all#1").last?.hasPrefix("w1 ← dispatch small/") == true)
    }

    /// Both say what they wait for.
    @Test func whatIsKeptFreeIsExplained() {
        var busy = Busy("w1")
        busy.note(busy.world.submit("wide", "all{slots=2}"))
        for _ in 0..<11 { busy.goOn() }
        let wide = busy.world.explain("wide", "all")
        #expect(wide?.reason == .waitsForSlot)
        #expect(
            wide?.message
                == "worker w1 is kept free for it: 1 of 2 slots are free, it wants "
                + "the capability work with 2 slots")
        #expect(wide?.wakes == "the attempts on it end, or a worker with room registers")
        let small = busy.world.explain("small", "t59")
        #expect(small?.reason == .waitsForSlot)
        #expect(
            small?.message
                == "worker w1, which offers the capability work, is kept free for a task that wants "
                + "the capability work with 2 slots")
        #expect(small?.wakes == "that task has started, or another worker registers")
        // Free slots are told as such.
        #expect(
            busy.world.core.orchestratorStatus(at: busy.world.now).loadBalancing.availableSlots == 1
        )
    }

    /// Nobody waits for the room any more: others take it at once.
    @Test func whatIsKeptForNobodyIsGivenBack() {
        var busy = Busy("w1")
        busy.note(busy.world.submit("wide", "all{slots=2}"))
        for _ in 0..<11 { busy.goOn() }
        #expect(busy.world.core.room.kept.count == 1)
        #expect(busy.world.cancel("wide").contains { $0.hasPrefix("w1 ← dispatch small/") })
        #expect(busy.world.core.room.kept.isEmpty)
    }

    /// The worker that was kept free dies: the other one is kept free in its place.
    @Test func anotherWorkerIsKeptFreeInPlaceOfOneThatLeaves() throws {
        var busy = Busy("w1", "w2")
        busy.note(busy.world.submit("wide", "all{slots=2}"))
        while busy.world.core.room.kept.isEmpty { busy.goOn() }
        let kept = try #require(busy.world.core.room.kept.first)
        let name = busy.world.core.registry.workers[Int(kept.worker)].id
        busy.note(busy.world.leave(name))
        #expect(busy.world.core.room.kept.first?.worker != kept.worker)
    }

    /// Of a few workers only one is kept free, however many kinds of wide tasks wait.
    @Test func mostOfThePoolGoesOn() {
        var busy = Busy("w1", "w2")
        busy.note(busy.world.submit("wide", "a{slots=2}"))
        busy.note(busy.world.submit("other", "b{slots=2,tag=none}; c{gpu=1}"))
        for _ in 0..<30 {
            busy.goOn()
            #expect(busy.world.core.room.kept.count <= 1)
        }
    }

    /// The same for what else a worker has: a task that takes both graphics cards.
    @Test func aTaskThatTakesAllOfAResourceGetsIt() throws {
        var world = World()
        world.join("w1", "work*4", resources: "gpu=2")
        let small = (0..<30).map { "t\($0){gpu=1}" }.joined(separator: "; ")
        var running = ["small/t0#1", "small/t1#1"]
        world.submit("small", small)
        world.submit("wide", "all{gpu=2}")
        for _ in 0..<28 {
            world.wait(0.5)
            world.beat("w1")
            let lines = world.complete("w1", running.removeFirst())
            if lines.contains(where: { $0.hasSuffix("wide/all#1") }) { return }
            for line in lines where line.contains("← dispatch small/") {
                running.append(String(line.split(separator: " ").last ?? ""))
            }
        }
        Issue.record("it was overtaken for ever")
    }

    /// Nothing ends and nothing is said when the patience is over: the worker is kept free all the same,
    /// and who comes later does not get the slot that is left.
    @Test func patienceEndsByItself() {
        var world = World()
        world.join("w1", "work*3")
        world.submit("s", "endless")
        world.submit("wide", "all{slots=3}")
        world.wait(1, alive: "w1")
        world.submit("t", "overtakes")
        #expect(world.statuses("t") == ["overtakes running"])
        world.wait(4.5, alive: "w1")
        world.submit("u", "late")
        #expect(world.statuses("u") == ["late ready"])
        #expect(world.explain("u", "late")?.message.contains("kept free") == true)
    }

    /// A room is for one task. The next of its kind waits until it was overtaken anew: else one worker
    /// after the other would stand idle for a crowd of them.
    @Test func theNextOfItsKindWaitsAnew() throws {
        var busy = Busy("w1", "w2", small: 100)
        busy.note(busy.world.submit("wide", "a{slots=2}; b{slots=2}"))
        let first = busy.endsUntilStart(of: "wide/a#1")
        #expect(first != nil)
        busy.letRun("wide/a#1")
        // On the other worker: five seconds of two ends each, and until it is its session's turn again.
        let second = busy.endsUntilStart(of: "wide/b#1")
        let ends = try #require(second)
        #expect((10...25).contains(ends))
    }

    /// What runs on the worker that is kept free does not end: after ten times the patience others get
    /// what is left there, at that moment, and not when something else happens to be said.
    @Test func aRoomThatNeverComesIsGivenUp() throws {
        var world = World()
        world.join("w1", "work*3")
        world.submit("s", "endless; short; a; b; c; d")
        world.submit("wide", "all{slots=3}")
        world.wait(1, alive: "w1")
        // The wide one finds no room, and is overtaken.
        world.complete("w1", "s/short#1")
        world.wait(1, alive: "w1")
        world.complete("w1", "s/a#1")
        world.wait(5, alive: "w1")
        world.complete("w1", "s/b#1")
        let kept = try #require(world.core.room.kept.first)
        world.complete("w1", "s/c#1")
        let rest = kept.until.since(world.now).seconds
        #expect(world.wait(rest - 0.5, alive: "w1") == [])
        #expect(world.statuses("s").last == "d ready")
        #expect(world.core.nextDeadline == kept.until)
        #expect(world.wait(0.5) == ["fact: s/d#1 dispatched to work on w1", "w1 ← dispatch s/d#1"])
    }

    /// A task of one slot never has a worker kept free.
    @Test func smallTasksKeepNothingFree() {
        var busy = Busy("w1")
        busy.note(busy.world.submit("late", "one"))
        for _ in 0..<40 {
            busy.goOn()
            #expect(busy.world.core.room.isIdle)
        }
    }
}
