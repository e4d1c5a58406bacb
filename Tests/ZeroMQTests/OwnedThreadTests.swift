import Testing
import ZeroMQ

@Suite struct OwnedThreadTests {
    struct Mishap: Error {}

    /// What the loop returns or throws reaches the service that awaits it.
    @Test func resultAndErrorComeBack() async throws {
        #expect(try await OwnedThread.run(named: "answer") { 42 } == 42)
        await #expect(throws: Mishap.self) {
            try await OwnedThread.run(named: "mishap") { throw Mishap() }
        }
    }

    /// Blocking loops do not starve async code: more of them wait at once than the machine has
    /// cores, and each is woken by the next one's start.
    @Test func blockedThreadsAreNotThePools() async throws {
        let wakeUps = try (0..<32).map { _ in try WakeUp() }
        let woken = try await withThrowingTaskGroup(of: Bool.self) { group in
            for (index, wakeUp) in wakeUps.enumerated() {
                group.addTask {
                    try await onOwnThread {
                        if index > 0 { wakeUps[index - 1].signal() }
                        if index == wakeUps.count - 1 { wakeUp.signal() }
                        return try Poller(wakeUp: wakeUp).wait(timeout: patience)
                    }
                }
            }
            return try await group.reduce(into: 0) { count, woken in count += woken ? 1 : 0 }
        }
        #expect(woken == 32)
    }

    /// A lock under contention guards what it is for.
    @Test func lockExcludes() async throws {
        final class Tally: @unchecked Sendable {  // `lock` guards `count`.
            let lock = Lock()
            var count = 0
        }
        let tally = Tally()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await onOwnThread {
                        for _ in 0..<10_000 { tally.lock.withLock { tally.count += 1 } }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(tally.count == 40_000)
    }
}
