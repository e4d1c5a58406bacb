// A process that serves many attempts, in virtual time: what is done when it crashes, hangs, refuses, and talks
// nonsense.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ServeMachineTests {
    private static let settings = ServeMachine.Settings(
        grace: .seconds(5), startPatience: .seconds(30), wallTime: nil, maximumOutputBytes: 100)

    /// A machine and its clock.
    private struct World {
        var machine = ServeMachine(ServeMachineTests.settings)
        var now = ContinuousClock.now

        mutating func handle(_ event: ServeEvent, after: Duration = .zero) -> [ServeEffect] {
            now = now.advanced(by: after)
            return machine.handle(event, at: now)
        }

        mutating func say(
            _ message: ServeMessage, process: Int = 1, after: Duration = .zero
        ) -> [ServeEffect] {
            handle(.said(process: process, message), after: after)
        }

        mutating func tick(after: Duration) -> [ServeEffect] { handle(.tick, after: after) }

        /// How long it is until the next deadline.
        var untilDeadline: Duration? { machine.nextDeadline.map { now.duration(to: $0) } }

        /// With a process that is ready and has begun these attempts.
        static func serving(
            _ ids: [String], answersHealth: Bool = false,
            _ settings: ServeMachine.Settings = ServeMachineTests.settings
        ) -> World {
            var world = World(machine: ServeMachine(settings))
            _ = world.handle(.wanted)
            _ = world.say(.ready(answersHealth: answersHealth))
            for id in ids { _ = world.handle(.started(id: id, line: ServeMachineTests.line(id))) }
            return world
        }
    }

    private static func line(_ id: String) -> [UInt8] { Array(id.utf8) }

    private static let result = AgentResult(payload: RawJSON("1"))
    private static let crash = AgentFailure(
        .transient, code: "signal", message: "the program was ended by signal 11",
        logTail: ["oh"])

    /// The failure of an attempt, if that is what an effect tells.
    private func failure(of id: String, in effects: [ServeEffect]) -> AgentFailure? {
        for case .end(id, .failure(let failure)) in effects { return failure }
        return nil
    }

    // MARK: From the start to results

    @Test func `Attempts wait until the process is ready, and end one by one`() {
        var world = World()
        #expect(world.handle(.wanted) == [.start(process: 1)])
        #expect(world.handle(.started(id: "a", line: Self.line("a"))) == [])
        #expect(
            world.say(.ready(answersHealth: false)) == [.announce(nil), .say(Self.line("a"))])
        #expect(world.handle(.started(id: "b", line: Self.line("b"))) == [.say(Self.line("b"))])
        #expect(
            world.say(.progress(id: "b", 0.5, message: "half"))
                == [.progress(id: "b", 0.5, message: "half")])
        #expect(world.say(.output(id: "a", "word ")) == [.output(id: "a", "word ")])
        #expect(
            world.say(.ended(id: "b", .result(Self.result)))
                == [.end(id: "b", .result(Self.result))])
        // Late, and of nobody.
        #expect(world.say(.ended(id: "b", .result(Self.result))) == [])
        #expect(world.say(.progress(id: "z", 1, message: "")) == [])
        #expect(world.machine.attempts.keys.sorted() == ["a"])
        #expect(world.handle(.wanted) == [.announce(nil)])
    }

    @Test func `A payload over the limit fails for good, alone`() {
        var world = World.serving(["a", "b"])
        let large = AgentResult(payload: RawJSON(Array(repeating: 0x31, count: 101)))
        let effects = world.say(.ended(id: "a", .result(large)))
        let failure = failure(of: "a", in: effects)
        #expect(failure?.code == "child_output_too_large")
        #expect(failure?.failureClass == .permanent)
        #expect(effects.count == 1)
        #expect(world.machine.attempts.keys.sorted() == ["b"])
    }

    // MARK: Cancelling

    @Test func `A cancel is told, and over when the program says so`() {
        var world = World.serving(["a"])
        #expect(world.handle(.cancelled(id: "a")) == [.say(ServeLine.cancel(id: "a"))])
        // Nothing has stopped yet.
        #expect(world.untilDeadline == .seconds(5))
        #expect(world.tick(after: .seconds(4)) == [])
        #expect(world.say(.ended(id: "a", .stopped)) == [.end(id: "a", .stopped)])
        #expect(world.untilDeadline == nil)
    }

    /// It had finished before it read the cancel. That it has stopped is all that counts.
    @Test func `A result in place of the stop is a stop as well`() {
        var world = World.serving(["a"])
        _ = world.handle(.cancelled(id: "a"))
        #expect(world.say(.ended(id: "a", .result(Self.result))) == [.end(id: "a", .stopped)])
    }

    /// A program that is busy and reads nothing: only its death proves that the attempt has stopped.
    @Test func `One that does not stop costs its process, and the others are tried again`() {
        var world = World.serving(["a", "b"])
        _ = world.handle(.cancelled(id: "a"))
        #expect(world.tick(after: .seconds(5)) == [.kill])
        // What it says now does not count any more.
        #expect(world.say(.ended(id: "b", .result(Self.result))) == [])
        #expect(world.handle(.started(id: "c", line: Self.line("c"))) == [])
        let effects = world.handle(.ended(process: 1, .ended(Self.crash)))
        #expect(effects.first == .end(id: "a", .stopped))
        let other = failure(of: "b", in: effects)
        #expect(other?.failureClass == .transient)
        #expect(other?.code == "served_process_killed")
        #expect(other?.message.contains("another attempt in it (a)") == true)
        #expect(effects.count == 2)
        // The next is there at once, and is for what came meanwhile.
        #expect(world.untilDeadline == .zero)
        #expect(world.tick(after: .zero) == [.start(process: 2)])
        #expect(
            world.say(.ready(answersHealth: false), process: 2)
                == [.announce(nil), .say(Self.line("c"))])
    }

    @Test func `An attempt that still waits is over at once when it is cancelled`() {
        var world = World()
        _ = world.handle(.wanted)
        _ = world.handle(.started(id: "a", line: []))
        #expect(world.handle(.cancelled(id: "a")) == [.end(id: "a", .stopped)])
        #expect(world.say(.ready(answersHealth: false)) == [.announce(nil)])
    }

    @Test func `An attempt that takes too long is stopped, and has timed out`() {
        var settings = Self.settings
        settings.wallTime = .seconds(60)
        var world = World.serving(["a"], settings)
        #expect(world.untilDeadline == .seconds(60))
        #expect(world.tick(after: .seconds(60)) == [.say(ServeLine.cancel(id: "a"))])
        let effects = world.say(.ended(id: "a", .stopped))
        #expect(failure(of: "a", in: effects)?.failureClass == .timeout)
        #expect(failure(of: "a", in: effects)?.code == "child_wall_time_limit")
    }

    // MARK: The process ends

    @Test func `A crash fails what the process held as transient, and it is started again`() {
        var world = World.serving(["a", "b"])
        _ = world.handle(.cancelled(id: "b"))
        let effects = world.handle(.ended(process: 1, .ended(Self.crash)))
        let failure = failure(of: "a", in: effects)
        #expect(failure?.failureClass == .transient)
        #expect(failure?.code == "served_process_ended")
        #expect(failure?.message.contains("signal 11") == true)
        #expect(failure?.logTail == ["oh"])
        #expect(effects.contains(.end(id: "b", .stopped)))
        #expect(world.untilDeadline == .milliseconds(200))
        #expect(world.tick(after: .milliseconds(200)) == [.start(process: 2)])
        // A word of the first, which was still in its pipe.
        #expect(world.say(.ready(answersHealth: false), process: 1) == [])
    }

    /// A missing library: without a growing pause it would keep a processor busy for ever.
    @Test func `One that ends again and again is started ever less often`() {
        var world = World()
        _ = world.handle(.wanted)
        var pauses: [Duration] = []
        for process in 1...10 {
            _ = world.handle(.ended(process: process, .ended(Self.crash)))
            let pause = world.untilDeadline ?? .zero
            pauses.append(pause)
            #expect(world.tick(after: pause) == [.start(process: process + 1)])
        }
        #expect(
            pauses.prefix(3) == [.milliseconds(200), .milliseconds(400), .milliseconds(800)])
        #expect(pauses.last == .seconds(30))
        // After a good while it is as if nothing had been.
        _ = world.say(.ready(answersHealth: false), process: 11)
        _ = world.handle(.ended(process: 11, .ended(Self.crash)), after: .seconds(60))
        #expect(world.untilDeadline == .milliseconds(200))
    }

    /// However it ends then: what went wrong days ago says nothing of the next start.
    @Test func `A process that was ready for long has not failed at once`() {
        var world = World()
        _ = world.handle(.wanted)
        for process in 1...5 {
            _ = world.handle(.ended(process: process, .ended(Self.crash)))
            _ = world.tick(after: world.untilDeadline ?? .zero)
        }
        _ = world.say(.ready(answersHealth: false), process: 6)
        let nonsense = ServeMessage.garbage(id: nil, reason: "it is not JSON")
        #expect(world.say(nonsense, process: 6, after: .seconds(60)) == [.kill])
        _ = world.handle(.ended(process: 6, .ended(Self.crash)))
        #expect(world.untilDeadline == .milliseconds(200))
    }

    /// It waits out a long pause as well: its retries would be used up in no time otherwise.
    @Test func `An attempt waits for the next process, and for no other`() {
        var world = World()
        _ = world.handle(.wanted)
        _ = world.handle(.started(id: "early", line: []))
        let effects = world.handle(.ended(process: 1, .ended(Self.crash)))
        #expect(failure(of: "early", in: effects)?.code == "served_process_not_ready")
        #expect(effects.last == .announce(Self.crash))
        for process in 2...5 {
            _ = world.tick(after: world.untilDeadline ?? .zero)
            _ = world.handle(.ended(process: process, .ended(Self.crash)))
        }
        #expect(world.handle(.started(id: "late", line: [])) == [])
        #expect(world.tick(after: world.untilDeadline ?? .zero) == [.start(process: 6)])
        let end = world.handle(.ended(process: 6, .ended(Self.crash)))
        let late = failure(of: "late", in: end)
        #expect(late?.code == "served_process_not_ready")
        #expect(late?.failureClass == .transient)
        #expect(late?.message.contains("signal 11") == true)
        #expect(
            world.handle(.healthAsked(id: "h"))
                == [.answerHealth(id: "h", .unhealthy(reason: Self.crash.message))])
    }

    @Test func `One that does not become ready is killed`() {
        var world = World()
        _ = world.handle(.wanted)
        #expect(world.tick(after: .seconds(29)) == [])
        #expect(world.tick(after: .seconds(1)) == [.kill])
        let effects = world.handle(.ended(process: 1, .ended(Self.crash)))
        guard case .announce(let failure?) = effects.last else {
            Issue.record("\(effects)")
            return
        }
        #expect(failure.message.contains("not ready within 30.0 s"))
        #expect(failure.failureClass == .transient)
    }

    /// Only a person can help: the first failure of that class ends the worker.
    @Test func `A start that fails for good says so`() {
        var world = World()
        _ = world.handle(.wanted)
        let failure = AgentFailure(.permanent, code: "exit_code", message: "code 78")
        #expect(
            world.handle(.ended(process: 1, .ended(failure))).last == .announce(failure))
    }

    // MARK: Nonsense

    @Test func `Nonsense about an attempt fails that one, when it has stopped`() {
        var world = World.serving(["a", "b"])
        #expect(
            world.say(.garbage(id: "a", reason: "it has no type"))
                == [.say(ServeLine.cancel(id: "a"))])
        let effects = world.say(.ended(id: "a", .stopped))
        #expect(failure(of: "a", in: effects)?.code == "invalid_output")
        #expect(failure(of: "a", in: effects)?.failureClass == .permanent)
        #expect(world.machine.attempts.keys.sorted() == ["b"])
    }

    /// A print that was forgotten in a library. With one attempt it is known whose it was.
    @Test(arguments: [
        (["a"], FailureClass.permanent, "invalid_output"),
        (["a", "b"], .transient, "served_process_killed"),
    ])
    func `Nonsense that nobody can be asked about costs the process`(
        ids: [String], expected: FailureClass, code: String
    ) {
        var world = World.serving(ids)
        #expect(world.say(.garbage(id: nil, reason: "it is not JSON")) == [.kill])
        let effects = world.handle(.ended(process: 1, .ended(Self.crash)))
        for id in ids {
            #expect(failure(of: id, in: effects)?.failureClass == expected)
            #expect(failure(of: id, in: effects)?.code == code)
        }
    }

    @Test(arguments: [(["a"], FailureClass.permanent), (["a", "b"], .transient)])
    func `More than the process may is the fault of one that was alone with it`(
        ids: [String], expected: FailureClass
    ) {
        var world = World.serving(ids)
        let limit = AgentFailure(.permanent, code: "child_memory_limit", message: "too much")
        let effects = world.handle(.ended(process: 1, .stopped(limit)))
        for id in ids { #expect(failure(of: id, in: effects)?.failureClass == expected) }
    }

    // MARK: Health

    @Test func `Who answers questions is asked, and must answer`() {
        var world = World.serving(["a"], answersHealth: true)
        #expect(world.handle(.healthAsked(id: "1")) == [.say(ServeLine.health(id: "1"))])
        #expect(
            world.say(.health(id: "1", .degraded(reason: "warm")))
                == [.answerHealth(id: "1", .degraded(reason: "warm"))])
        _ = world.handle(.healthAsked(id: "2"))
        let effects = world.tick(after: .seconds(5))
        #expect(effects.first == .kill)
        guard case .answerHealth("2", .unhealthy) = effects.last else {
            Issue.record("\(effects)")
            return
        }
        let ended = world.handle(.ended(process: 1, .ended(Self.crash)))
        #expect(failure(of: "a", in: ended)?.message.contains("how it is") == true)
    }

    @Test func `Who does not answer questions is healthy while it is there`() {
        var world = World.serving([])
        #expect(world.handle(.healthAsked(id: "1")) == [.answerHealth(id: "1", .healthy)])
    }

    /// A worker initialises an agent again that says it is unhealthy.
    @Test func `A process that says it cannot work is replaced when it is wanted again`() {
        var world = World.serving([], answersHealth: true)
        _ = world.handle(.healthAsked(id: "1"))
        _ = world.say(.health(id: "1", .unhealthy(reason: "no card")))
        #expect(world.handle(.wanted) == [.kill])
        #expect(world.handle(.ended(process: 1, .ended(Self.crash))) == [])
        #expect(world.tick(after: .zero) == [.start(process: 2)])
        #expect(world.say(.ready(answersHealth: true), process: 2) == [.announce(nil)])
    }

    // MARK: The end

    @Test func `At the end the input ends, then the patience`() {
        var world = World.serving([])
        #expect(world.handle(.closed) == [.endInput])
        #expect(world.tick(after: .seconds(5)) == [.kill])
        #expect(world.handle(.ended(process: 1, .ended(Self.crash))) == [.finish])
        var idle = World()
        #expect(idle.handle(.closed) == [.finish])
        // Whoever comes late starts nothing that nobody would end.
        #expect(idle.handle(.wanted) == [])
    }
}
