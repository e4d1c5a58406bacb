// The guard that kills a worker's children when the worker has died. Its death is the end of a pipe,
// which these tests bring about; `ClusterTests` kill whole workers.

import Foundation
import Subprocess
import Testing

@testable import ScrivenerAgentKit

@Suite(.timeLimit(.minutes(1))) struct ChildGuardTests {
    /// Runs a process in a session of its own, which says when it is there.
    ///
    /// - Returns: how it ended.
    private func session(
        _ script: String = "sleep 600 & echo; wait",
        _ use: @Sendable (ChildMembers) async throws -> Void
    ) async throws -> TerminationStatus {
        var options = PlatformOptions()
        options.createSession = true
        return try await Subprocess.run(
            .name("sh"), arguments: ["-c", script], platformOptions: options, input: .none,
            output: .sequence, error: .discarded
        ) { process in
            for try await _ in process.standardOutput { break }
            try await use(
                ChildMembers(session: process.processIdentifier.value, controlGroup: nil))
        }.terminationStatus
    }

    /// `kill -9` of a worker: what it was running must not write beside the attempt that another
    /// worker begins.
    @Test func `The end of its input kills what is left`() async throws {
        let ending = try await session { members in
            let guardian = try #require(GuardProcess.start { _ in })
            #expect(guardian.tell("+ \(members.session) \n"))
            #expect(guardian.tell("+ \(members.session)5 /no/such group\n"))
            // It is dropped here, and with it the pipe.
        }
        #expect(ending == .signaled(SIGKILL))
    }

    /// Shells with job control, and `timeout`, put what they start into groups of their own.
    @Test func `What has changed its group is killed as well`() async throws {
        let script = "timeout 600 sleep 600 & echo; wait"
        let (found, tell) = AsyncStream.makeStream(of: pid_t.self)
        let ending = try await session(script) { members in
            try await groups(of: members.session) { $0.count > 1 }
            let guardian = try #require(GuardProcess.start { _ in })
            #expect(guardian.tell("+ \(members.session) \n"))
            tell.yield(members.session)
        }
        #expect(ending == .signaled(SIGKILL))
        try await groups(of: try #require(await found.first { _ in true })) { $0.isEmpty }
    }

    /// Returns when the groups of a session are as they should be. The kernel tells nobody, so it is
    /// asked; the suite's time limit is the end of that.
    private func groups(
        of session: pid_t, untilTheyAre wanted: (Set<pid_t>) -> Bool
    ) async throws {
        while !wanted(ProcessTable.groups(inSession: session)) {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A child has ended, and another process may have its number by the time the worker dies.
    @Test func `What was taken back is not killed`() async throws {
        let first = try await session { ended in
            let second = try await session { left in
                let world = ChildWorld()
                try world.children.watch(ended)
                try world.children.watch(left)
                world.children.release(ended)
                // The world ends here, and its guard's input with it.
            }
            #expect(second == .signaled(SIGKILL))
            #expect(isAlive(ended.session))
            kill(-ended.session, SIGTERM)
        }
        #expect(first == .signaled(SIGTERM))
    }

    /// Signals that a whole service gets, at its orderly stop, are for the worker, which may take its
    /// time.
    @Test func `The guard outlives the signals of an orderly stop`() async throws {
        let ending = try await session { members in
            let guardian = try #require(GuardProcess.start { _ in })
            #expect(guardian.tell("+ \(members.session) \n"))
            for signal in [SIGTERM, SIGINT, SIGHUP] { kill(guardian.processID, signal) }
        }
        #expect(ending == .signaled(SIGKILL))
    }

    /// The kernel is out of memory and picks the guard: another takes its place and knows what runs.
    @Test func `A guard that was killed is replaced`() async throws {
        let ending = try await session { members in
            let world = ChildWorld()
            try world.children.watch(members)
            let first = try #require(world.children.processID)

            kill(first, SIGKILL)
            _ = try await world.numbers(after: "the guard over child processes has ended")

            #expect(world.children.processID != first)
            #expect(isAlive(members.session))
            // The world ends here, and its guard with it.
        }
        #expect(ending == .signaled(SIGKILL))
    }

    /// The worker dies between the start of a child and the guard's hearing of it: nothing has begun
    /// that could go on.
    @Test(arguments: ["", "star"])
    func `A child whose worker dies before the guard knows it never becomes a program`(
        input: String
    ) async throws {
        let result = try await Subprocess.run(
            .name("sh"), arguments: Arguments(ChildRun.starter + ["echo", "begun"]),
            input: .string(input), output: .string(limit: 1_000), error: .discarded)

        #expect(result.standardOutput == "")
        #expect(result.terminationStatus == .exited(1))
    }

    /// A worker that runs no child processes has no use for a guard.
    @Test func `The guard starts with the first child, and there is one`() async throws {
        let world = ChildWorld()
        #expect(world.children.processID == nil)
        _ = try await world.run(":")
        let first = try #require(world.children.processID)
        _ = try await world.run(":")
        #expect(world.children.processID == first)
        #expect(world.children.watched == [])
    }
}
