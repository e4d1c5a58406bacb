// Cancelling a child: when the call returns, nothing of the child is left. On that rests what a
// coordinator shows as cancelled.

import Foundation
import Testing

@testable import ScrivenerAgentKit

@Suite(.timeLimit(.minutes(1))) struct ChildCancellationTests {
    /// With control groups, where there are any, and without.
    private static let ways = [true, false]

    /// Cancels a child when it has said `ready` and its numbers; nothing may be left of it then.
    private func expectProof(
        of script: String, grace: Duration, _ count: Int, usesControlGroups: Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let world = ChildWorld(usesControlGroups: usesControlGroups)
        let run = Task { try await world.run(script, grace: grace) }
        let processes = try await world.numbers(after: "ready")
        #expect(processes.count == count, sourceLocation: sourceLocation)
        #expect(processes.allSatisfy(isAlive), sourceLocation: sourceLocation)

        run.cancel()
        let result = await run.result

        #expect(processes.filter(isAlive) == [], sourceLocation: sourceLocation)
        #expect(throws: CancellationError.self, sourceLocation: sourceLocation) {
            try result.get()
        }
    }

    /// The common case: the tool ends at SIGTERM, long before its grace is over.
    @Test(arguments: Self.ways)
    func `A child that listens ends at once`(usesControlGroups: Bool) async throws {
        try await expectProof(
            of: "echo ready $$ >&2; exec sleep 600", grace: .seconds(3_600), 1,
            usesControlGroups: usesControlGroups)
    }

    /// A tool that hangs, or shields itself, must not run on beside its own retry.
    @Test(arguments: Self.ways)
    func `A child that ignores SIGTERM is killed`(usesControlGroups: Bool) async throws {
        try await expectProof(
            of: "trap '' TERM; echo ready $$ >&2; while :; do sleep 1; done",
            grace: .milliseconds(100), 1, usesControlGroups: usesControlGroups)
    }

    /// The tool itself is gone at once, but what it started works on.
    @Test(arguments: Self.ways)
    func `So are its children, when it has ended`(usesControlGroups: Bool) async throws {
        try await expectProof(
            of: """
                sh -c 'trap "" TERM; while :; do sleep 1; done' & echo ready $$ $! >&2; wait
                """, grace: .milliseconds(100), 2, usesControlGroups: usesControlGroups)
    }

    /// A pipeline that flushes its work at SIGTERM gets its time, also after the child that started
    /// it has gone.
    @Test(arguments: Self.ways)
    func `A grandchild has the whole grace to end in order`(usesControlGroups: Bool) async throws {
        let world = ChildWorld(usesControlGroups: usesControlGroups)
        let file = NSTemporaryDirectory() + "scrivener-child-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: file) }
        let script = """
            sh -c 'trap "sleep 0.3; echo saved >\(file); exit" TERM; echo ready $$ >&2
            while :; do sleep 0.05; done' & wait
            """
        let run = Task { try await world.run(script, grace: .seconds(3_600)) }
        _ = try await world.numbers(after: "ready")

        run.cancel()
        _ = await run.result

        #expect(try String(contentsOfFile: file, encoding: .utf8) == "saved\n")
    }

    /// A debugger, or a full terminal, has stopped it.
    @Test(arguments: Self.ways)
    func `A stopped child is woken to end`(usesControlGroups: Bool) async throws {
        try await expectProof(
            of: "trap 'exit 0' TERM; echo ready $$ >&2; kill -s STOP $$; sleep 600",
            grace: .seconds(3_600), 1,
            usesControlGroups: usesControlGroups)
    }

    /// The cancel may come at any moment, also before there is a process.
    @Test func `A cancel before the start starts nothing`() async throws {
        let world = ChildWorld()
        let file = NSTemporaryDirectory() + "scrivener-child-\(UUID().uuidString)"
        let result = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await world.run("echo started >\(file)")
        }.result

        #expect(throws: CancellationError.self) { try result.get() }
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    /// Whatever moment a cancel meets, nothing hangs and nothing stays.
    @Test(arguments: Self.ways)
    func `A cancel at any moment leaves nothing`(usesControlGroups: Bool) async throws {
        let mark = "scrivener-moment-\(UUID().uuidString)"
        for yields in 0..<40 {
            let world = ChildWorld(usesControlGroups: usesControlGroups)
            let run = Task { try await world.run(": \(mark); sleep 600; :", grace: .seconds(60)) }
            for _ in 0..<(yields * yields) { await Task.yield() }
            run.cancel()
            _ = await run.result
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { process in
            (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8))?
                .contains(mark) ?? false
        }
        #expect(left == [])
    }
}
