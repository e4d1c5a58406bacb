// What agents say while they run, on its way to the coordinator: in order, within bounds, and before the
// result of whoever said it.

import Logging
import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerWorker

@Suite struct OutputTests {
    private static let first = AttemptReference(session: 1, task: 0, attempt: 1)
    private static let second = AttemptReference(session: 1, task: 1, attempt: 2)

    /// A model's words come one by one: they are one piece when the loop looks, and the loop is told once.
    @Test func whatIsSaidGathersUntilItIsTaken() {
        let buffer = OutputBuffer()
        var times = 0
        buffer.append("", of: Self.first) { times += 1 }
        #expect(times == 0)
        buffer.append("one ", of: Self.first) { times += 1 }
        buffer.append("other", of: Self.second) { times += 1 }
        buffer.append("two", of: Self.first) { times += 1 }
        #expect(times == 1)
        #expect(buffer.holds(Self.first))
        #expect(
            buffer.take() == [
                AttemptOutput(attempt: Self.first, text: "one two"),
                AttemptOutput(attempt: Self.second, text: "other"),
            ])
        #expect(buffer.take().isEmpty && !buffer.holds(Self.first))
        buffer.append("more", of: Self.first) { times += 1 }
        #expect(times == 2)
    }

    /// An agent in a loop: what does not fit is counted, no character is cut, and nothing that comes later
    /// takes the place of what was left out. Its neighbour is heard all the same.
    @Test func tooMuchIsCutAndCounted() {
        let buffer = OutputBuffer()
        let most = OutputBuffer.maximumBytesEach
        buffer.append(String(repeating: "x", count: most - 1), of: Self.first) {}
        buffer.append("\u{20AC}uro", of: Self.first) {}
        buffer.append("y", of: Self.first) {}
        buffer.append("heard", of: Self.second) {}
        let said = buffer.take()
        #expect(said[0].text.utf8.count == most - 1)
        #expect(said[0].droppedBytes == 7)
        #expect(said[1] == AttemptOutput(attempt: Self.second, text: "heard"))
    }

    /// Many agents that say much: together they hold no more than the worker lets them.
    @Test func allTogetherAreBounded() {
        let buffer = OutputBuffer()
        let much = String(repeating: "x", count: OutputBuffer.maximumBytesEach)
        for task in Int32(0)..<100 {
            buffer.append(much, of: AttemptReference(session: 1, task: task, attempt: 1)) {}
        }
        let said = buffer.take()
        #expect(said.count == 100)
        #expect(said.reduce(0) { $0 + $1.text.utf8.count } == OutputBuffer.maximumBytes)
        let all = said.reduce(0) { $0 + Int64($1.text.utf8.count) + $1.droppedBytes }
        #expect(all == Int64(100 * much.utf8.count))
    }

    private static func welcome(takesOutput: Bool) -> Welcome {
        Welcome(
            journalID: "j", coordinatorIncarnation: 1, epoch: 7, protocolVersion: 1,
            lease: .seconds(5), heartbeatInterval: .seconds(1), maximumResultBytes: 1 << 20,
            takesOutput: takesOutput)
    }

    /// A sender that a coordinator takes output from.
    private static func sender(of buffer: OutputBuffer, at start: Instant) -> OutputSender {
        var sender = OutputSender(buffer)
        sender.welcomed(welcome(takesOutput: true), at: start)
        return sender
    }

    private static let start = Instant(nanoseconds: 1_000_000_000)

    /// The first word goes at once, and what follows gathers for a while.
    @Test func messagesKeepTheirDistance() {
        let buffer = OutputBuffer()
        let start = Self.start
        var sender = Self.sender(of: buffer, at: start)
        #expect(sender.due == nil)
        buffer.append("a", of: Self.first) {}
        sender.noteOutput(at: start)
        #expect(sender.due == start)
        #expect(
            sender.message(epoch: 7, at: start)
                == .output(epoch: 7, [AttemptOutput(attempt: Self.first, text: "a")]))
        #expect(sender.due == nil)
        buffer.append("b", of: Self.first) {}
        sender.noteOutput(at: start)
        #expect(sender.due == start.advanced(by: OutputSender.interval))
        #expect(sender.message(epoch: 7, at: start) == nil)
        // Its last words go before its result.
        sender.noteEnd(of: Self.second, at: start)
        #expect(sender.due == start.advanced(by: OutputSender.interval))
        sender.noteEnd(of: Self.first, at: start)
        #expect(
            sender.message(epoch: 7, at: start)
                == .output(epoch: 7, [AttemptOutput(attempt: Self.first, text: "b")]))
    }

    /// A coordinator that is gone: what was said waits within its bounds, nobody asks for it over and over, and
    /// the next coordinator hears it first.
    @Test func withoutACoordinatorItWaits() {
        let buffer = OutputBuffer()
        let start = Self.start
        var sender = Self.sender(of: buffer, at: start)
        buffer.append("a", of: Self.first) {}
        sender.noteOutput(at: start)
        #expect(sender.message(epoch: nil, at: start) == nil)
        sender.noteOutput(at: start)
        sender.noteEnd(of: Self.first, at: start)
        #expect(sender.due == nil && buffer.holds(Self.first))
        let later = start.advanced(by: .seconds(60))
        sender.welcomed(Self.welcome(takesOutput: true), at: later)
        #expect(sender.due == later)
        #expect(sender.message(epoch: 8, at: later) != nil)
    }

    /// Agents that say all they can: what is sent in how long a time.
    private struct Flood {
        let buffer = OutputBuffer()
        var sender: OutputSender
        var now = OutputTests.start

        init() { sender = OutputTests.sender(of: buffer, at: now) }

        /// How many bytes of text go within a second, for which they are asked again and again.
        mutating func second(attemptsEnd: Bool = false) -> Int {
            var sent = 0
            for _ in 0..<100 {
                now = now.advanced(by: .milliseconds(10))
                for task in Int32(0)..<20 {
                    let attempt = AttemptReference(session: 1, task: task, attempt: 1)
                    let much = String(repeating: "x", count: OutputBuffer.maximumBytesEach)
                    buffer.append(much, of: attempt) { sender.noteOutput(at: now) }
                    if attemptsEnd { sender.noteEnd(of: attempt, at: now) }
                }
                guard case .output(_, let said)? = sender.message(epoch: 7, at: now) else {
                    continue
                }
                sent += said.reduce(0) { $0 + $1.text.utf8.count }
            }
            return sent
        }
    }

    /// As much as the window holds, and the last message, which may go beyond it.
    private static let most =
        OutputSender.window..<OutputSender.window + OutputBuffer.maximumBytes

    /// A slow network: heartbeats take the same way, and behind all that some agents can say they would come
    /// too late. No more is under way than they can do with, also where attempts end one after the other.
    @Test(arguments: [false, true])
    func noMoreIsUnderWayThanTheWindowHolds(attemptsEnd: Bool) {
        var flood = Flood()
        #expect(Self.most.contains(flood.second(attemptsEnd: attemptsEnd)))
        #expect(flood.second(attemptsEnd: attemptsEnd) == 0)
        #expect(flood.sender.due == nil)
        // A heartbeat that has arrived says that all before it has.
        flood.sender.sent(heartbeat: 1)
        #expect(flood.second(attemptsEnd: attemptsEnd) == 0)
        flood.sender.acknowledged(heartbeat: 1, at: flood.now)
        #expect(flood.sender.due != nil)
        #expect(Self.most.contains(flood.second(attemptsEnd: attemptsEnd)))
        // What went after it may still be under way.
        flood.sender.acknowledged(heartbeat: 1, at: flood.now)
        #expect(flood.second(attemptsEnd: attemptsEnd) == 0)
    }

    /// The other side of the world: each heartbeat is acknowledged after the next was sent.
    @Test func aLongWayIsNoStandstill() {
        var flood = Flood()
        var sent = 0
        for sequence in Int64(1)...10 {
            flood.sender.sent(heartbeat: sequence)
            if sequence > 1 { flood.sender.acknowledged(heartbeat: sequence - 1, at: flood.now) }
            sent += flood.second()
        }
        #expect(sent >= 4 * OutputSender.window)
    }

    /// Many short attempts with a word each: messages are a burden as well, however small.
    @Test func smallMessagesCountToo() {
        let buffer = OutputBuffer()
        var sender = Self.sender(of: buffer, at: Self.start)
        var messages = 0
        for task in Int32(0)..<10_000 {
            let attempt = AttemptReference(session: 1, task: task, attempt: 1)
            buffer.append("x", of: attempt) { sender.noteOutput(at: Self.start) }
            sender.noteEnd(of: attempt, at: Self.start)
            if sender.message(epoch: 7, at: Self.start) != nil { messages += 1 }
        }
        #expect((3_000...5_000).contains(messages), "\(messages)")
        // What waits fits into one message.
        sender.welcomed(Self.welcome(takesOutput: true), at: Self.start)
        guard case .output(_, let rest)? = sender.message(epoch: 8, at: Self.start) else {
            Issue.record("nothing is sent")
            return
        }
        #expect(rest.count == OutputBuffer.maximumAttempts)
    }

    /// An older coordinator would refuse the message: it gets none, and nothing gathers for it.
    @Test func whoTakesNoOutputGetsNone() {
        let buffer = OutputBuffer()
        var sender = OutputSender(buffer)
        sender.welcomed(Self.welcome(takesOutput: false), at: Self.start)
        buffer.append("a", of: Self.first) {}
        sender.noteOutput(at: Self.start)
        #expect(sender.message(epoch: 7, at: Self.start) == nil)
        #expect(!buffer.holds(Self.first))
    }
}
