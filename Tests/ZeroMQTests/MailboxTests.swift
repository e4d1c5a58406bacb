import Testing
import ZeroMQ

@Suite struct MailboxTests {
    /// A burst of commands: one system call for all of them, and all of them in order.
    @Test func aBurstSignalsOnce() throws {
        let mailbox = Mailbox<Int>(wakeUp: try WakeUp())
        for number in 0..<100 { #expect(mailbox.post(number)) }
        #expect(mailbox.post(contentsOf: Array(100..<200)))
        #expect(mailbox.wakeUp.clear() == 1)

        var batch: [Int] = []
        #expect(mailbox.drain(into: &batch))
        #expect(batch == Array(0..<200))
        #expect(!mailbox.drain(into: &batch))
        #expect(mailbox.post(200))
        #expect(mailbox.wakeUp.clear() == 1)
        mailbox.drain(into: &batch)
        #expect(batch == Array(0...200))
    }

    /// Many results while more are on their way: nothing is signalled until somebody asks for it, once,
    /// and then not again for what was there already.
    @Test func whatIsLeftWakesNobodyUntilAsked() throws {
        let mailbox = Mailbox<Int>(capacity: 4, wakeUp: try WakeUp())
        mailbox.wake()
        for number in 0..<3 { #expect(mailbox.leave(number)) }
        #expect(mailbox.wakeUp.clear() == 0)
        mailbox.wake()
        mailbox.wake()
        #expect(mailbox.post(3))
        #expect(mailbox.wakeUp.clear() == 1)
        #expect(!mailbox.leave(4))

        var batch: [Int] = []
        #expect(mailbox.drain(into: &batch))
        #expect(batch == [0, 1, 2, 3])
        mailbox.wake()
        #expect(mailbox.wakeUp.clear() == 0)
        #expect(mailbox.leave(5))
        #expect(mailbox.post(6))
        #expect(mailbox.wakeUp.clear() == 1)
        #expect(mailbox.close() == [5, 6])
        #expect(!mailbox.leave(7))
    }

    /// Two mailboxes on one wake-up, as the loop has them: draining one must not hide the other.
    @Test func sharedWakeUpHidesNothing() throws {
        let wakeUp = try WakeUp()
        let commands = Mailbox<Int>(wakeUp: wakeUp)
        let commits = Mailbox<Int>(wakeUp: wakeUp)
        var batch: [Int] = []
        #expect(commands.post(1))
        #expect(commits.post(2))
        commands.drain(into: &batch)
        #expect(wakeUp.clear() == 2)
        commits.drain(into: &batch)
        #expect(batch == [1, 2])
    }

    /// Many threads post while one drains: nothing is lost, doubled, or out of its thread's order,
    /// and no wake-up is missed (that would hang here).
    @Test func nothingIsLostBetweenThreads() async throws {
        let posters = 4
        let each = 20_000
        let mailbox = Mailbox<(poster: Int, number: Int)>(wakeUp: try WakeUp())
        async let received = onOwnThread {
            let poller = Poller(wakeUp: mailbox.wakeUp)
            var batch: [(poster: Int, number: Int)] = []
            var next = Array(repeating: 0, count: posters)
            var disorder = 0
            while next.reduce(0, +) < posters * each {
                guard try poller.wait(timeout: patience) else { throw NothingCame() }
                mailbox.drain(into: &batch)
                for item in batch {
                    if item.number != next[item.poster] { disorder += 1 }
                    next[item.poster] += 1
                }
                batch.removeAll(keepingCapacity: true)
            }
            return (next, disorder, mailbox.drain(into: &batch))
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for poster in 0..<posters {
                group.addTask {
                    try await onOwnThread {
                        (0..<each).allSatisfy { mailbox.post((poster, $0)) }
                    }
                }
            }
            for try await allTaken in group { #expect(allTaken) }
        }
        let (counts, disorder, rest) = try await received
        #expect(counts == Array(repeating: each, count: posters))
        #expect(disorder == 0)
        #expect(!rest)
    }

    /// A flood of requests: the mailbox fills up and says so, and a batch goes in whole or not.
    @Test func aFullMailboxRefuses() throws {
        let mailbox = Mailbox<Int>(capacity: 3, wakeUp: try WakeUp())
        #expect(mailbox.post(1))
        #expect(!mailbox.post(contentsOf: [2, 3, 4]))
        #expect(mailbox.post(contentsOf: [2, 3]))
        #expect(!mailbox.post(4))
        #expect(mailbox.post(contentsOf: []))
        var batch: [Int] = []
        mailbox.drain(into: &batch)
        #expect(batch == [1, 2, 3])
        #expect(mailbox.post(5))
    }

    /// The loop has ended and a request still comes: it must be refused, not wait for ever; and
    /// those that came just before are handed back to be answered.
    @Test func aClosedMailboxRefuses() throws {
        let mailbox = Mailbox<Int>(wakeUp: try WakeUp())
        #expect(mailbox.post(1))
        #expect(mailbox.close() == [1])
        #expect(!mailbox.post(2))
        #expect(!mailbox.post(contentsOf: [3]))
        #expect(mailbox.close() == [])
    }
}
