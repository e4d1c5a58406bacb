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

    /// The first word goes at once, and what follows gathers for a while.
    @Test func messagesKeepTheirDistance() {
        let buffer = OutputBuffer()
        var sender = OutputSender(buffer)
        let start = Instant(nanoseconds: 1_000_000_000)
        sender.welcomed(Self.welcome(takesOutput: true), at: start)
        #expect(sender.due == nil)
        buffer.append("a", of: Self.first) {}
        sender.noteOutput(at: start)
        #expect(sender.due == start)
        #expect(
            sender.messages(epoch: 7, hasRoom: true, at: start)
                == [.output(epoch: 7, [AttemptOutput(attempt: Self.first, text: "a")])])
        #expect(sender.due == nil)
        buffer.append("b", of: Self.first) {}
        sender.noteOutput(at: start)
        #expect(sender.due == start.advanced(by: OutputSender.interval))
        #expect(sender.messages(epoch: 7, hasRoom: true, at: start).isEmpty)
        // Its last words go before its result.
        sender.noteEnd(of: Self.second, at: start)
        #expect(sender.due == start.advanced(by: OutputSender.interval))
        sender.noteEnd(of: Self.first, at: start)
        #expect(
            sender.messages(epoch: 7, hasRoom: true, at: start)
                == [.output(epoch: 7, [AttemptOutput(attempt: Self.first, text: "b")])])
    }

    /// A coordinator that is gone, or that does not read: results and heartbeats need the room, and what was
    /// said waits within its bounds.
    @Test func withoutRoomItWaits() {
        let buffer = OutputBuffer()
        var sender = OutputSender(buffer)
        let start = Instant(nanoseconds: 1_000_000_000)
        sender.welcomed(Self.welcome(takesOutput: true), at: start)
        buffer.append("a", of: Self.first) {}
        sender.noteOutput(at: start)
        #expect(sender.messages(epoch: nil, hasRoom: true, at: start).isEmpty)
        #expect(sender.due == start.advanced(by: OutputSender.interval))
        sender.welcomed(Self.welcome(takesOutput: true), at: start)
        #expect(sender.messages(epoch: 8, hasRoom: false, at: start).isEmpty)
        let later = start.advanced(by: OutputSender.interval)
        #expect(sender.messages(epoch: 8, hasRoom: true, at: later).count == 1)
    }

    /// An older coordinator would refuse the message: it gets none, and nothing gathers for it.
    @Test func whoTakesNoOutputGetsNone() {
        let buffer = OutputBuffer()
        var sender = OutputSender(buffer)
        let start = Instant(nanoseconds: 1_000_000_000)
        sender.welcomed(Self.welcome(takesOutput: false), at: start)
        buffer.append("a", of: Self.first) {}
        sender.noteOutput(at: start)
        #expect(sender.messages(epoch: 7, hasRoom: true, at: start).isEmpty)
        #expect(!buffer.holds(Self.first))
    }
}
