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

    /// A worker ends in order, or its child has; another process may have the child's number by then.
    @Test func `What was taken back is not killed`() async throws {
        let ending = try await session { members in
            let (ends, source) = AsyncStream.makeStream(of: pid_t.self)
            var guardian = GuardProcess.start { source.yield($0) }
            #expect(guardian?.tell("+ \(members.session) \n") == true)
            #expect(guardian?.tell("- \(members.session)\n") == true)
            guardian = nil
            for await _ in ends { break }

            #expect(isAlive(members.session))
            kill(-members.session, SIGTERM)
        }
        #expect(ending == .signaled(SIGTERM))
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

    /// A worker that runs no child processes has no use for a guard.
    @Test func `The guard starts with the first child, and there is one`() async throws {
        let world = ChildWorld()
        #expect(world.children.processID == nil)
        _ = try await world.run(":")
        let first = try #require(world.children.processID)
        _ = try await world.run(":")
        #expect(world.children.processID == first)
    }
}
