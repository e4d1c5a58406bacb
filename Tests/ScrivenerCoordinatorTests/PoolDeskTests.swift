// Those who follow the pool, and when they are woken.

import ScrivenerCore
import Testing
import ZeroMQ

@testable import ScrivenerCoordinator

struct PoolDeskTests {
    /// Sessions may have moved when nobody followed, or when somebody else did who is gone: of those nobody is
    /// woken a second time.
    @Test func whoBeginsToFollowAsksAtOnce() async throws {
        let log = PoolLog(journalID: "j", nonce: 1, compactedThrough: 0)
        var desk = PoolDesk(log: log, notices: Mailbox(wakeUp: try WakeUp()))
        let (news, _) = desk.follow()
        desk.close()
        var count = 0
        for await _ in news { count += 1 }
        #expect(count == 1)
    }
}
