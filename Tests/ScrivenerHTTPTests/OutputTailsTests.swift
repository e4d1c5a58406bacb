// What is held of what agents say: the last of each attempt, and of all attempts those that spoke last.

import Testing

@testable import ScrivenerHTTP

@Suite struct OutputTailsTests {
    private static func origin(_ task: String, _ attempt: Int = 1) -> OutputOrigin {
        OutputOrigin(sessionID: "s", taskID: task, attempt: attempt)
    }

    private static func text(_ tails: OutputTails, _ task: String, _ attempt: Int = 1) -> String? {
        tails.part(of: origin(task, attempt), from: 0, limit: .max)?.text
    }

    /// A worker was lost and its task runs elsewhere: nothing of the first attempt is in the second's.
    @Test func attemptsAreNotMixed() {
        let tails = OutputTails()
        tails.append("first ", dropped: 0, of: Self.origin("a", 1))
        tails.append("second ", dropped: 0, of: Self.origin("a", 2))
        tails.append("late", dropped: 0, of: Self.origin("a", 1))
        #expect(Self.text(tails, "a", 1) == "first late")
        #expect(Self.text(tails, "a", 2) == "second ")
        #expect(Self.text(tails, "a", 3) == nil)
    }

    /// What was left out on the way is seen where it is missing.
    @Test func whatWasLeftOutIsMarked() {
        let tails = OutputTails()
        tails.append("one", dropped: 12, of: Self.origin("a"))
        tails.append("two", dropped: 0, of: Self.origin("a"))
        #expect(Self.text(tails, "a") == "one\n[12 bytes of output were left out]\ntwo")
    }

    /// An agent that talks all day: its end is held, no character of it is cut, and places stay true.
    @Test func theBeginningIsLetGo() throws {
        let tails = OutputTails()
        let word = "\u{20AC}uro, "
        for _ in 0..<50_000 { tails.append(word, dropped: 0, of: Self.origin("a")) }
        let part = try #require(tails.part(of: Self.origin("a"), from: 0, limit: .max))
        #expect(!part.isContinued)
        #expect(part.next == 50_000 * word.utf8.count)
        #expect(part.text.utf8.count == part.next - part.offset)
        #expect(
            (OutputTail.maximumBytes - 4...OutputTail.maximumBytes * 5 / 4).contains(
                part.text.utf8.count))
        #expect(!part.text.contains("\u{FFFD}"))
        let rest = try #require(tails.part(of: Self.origin("a"), from: part.next - 4, limit: 2))
        #expect(rest.isContinued && rest.text == "ro")
        let within = try #require(tails.part(of: Self.origin("a"), from: part.next - 6, limit: 2))
        #expect(!within.isContinued && within.offset == part.offset)
        // A limit within a character takes it whole or not at all.
        let cut = try #require(tails.part(of: Self.origin("a"), from: part.next - 8, limit: 2))
        #expect(cut.text == "" && cut.next == cut.offset)
    }

    /// Thousands of attempts: those that were silent for longest go, one that goes on talking stays.
    @Test func theSilentGoFirst() {
        let tails = OutputTails(maximumAttempts: 3)
        for task in ["a", "b", "c"] { tails.append(task, dropped: 0, of: Self.origin(task)) }
        tails.append("!", dropped: 0, of: Self.origin("a"))
        tails.append("d", dropped: 0, of: Self.origin("d"))
        #expect(Self.text(tails, "a") == "a!")
        #expect(Self.text(tails, "b") == nil)
        #expect(Self.text(tails, "c") == "c" && Self.text(tails, "d") == "d")
        let small = OutputTails(maximumBytes: 10)
        small.append("123456", dropped: 0, of: Self.origin("a"))
        small.append("123456", dropped: 0, of: Self.origin("b"))
        #expect(Self.text(small, "a") == nil && Self.text(small, "b") == "123456")
        // What begins again has places of its own.
        let series = small.part(of: Self.origin("b"), from: 0, limit: 0)?.series
        small.append("123456", dropped: 0, of: Self.origin("a"))
        small.append("123456", dropped: 0, of: Self.origin("b"))
        #expect(small.part(of: Self.origin("b"), from: 0, limit: 0)?.series != series)
    }

    /// Somebody follows a session: from now on, in the order in which it was said, and a part at a time.
    @Test func newsOfASession() {
        let tails = OutputTails()
        tails.append("before", dropped: 0, of: Self.origin("a"))
        var place = tails.end(of: "s")
        #expect(tails.news(of: "s", after: &place).isEmpty)
        tails.append("b", dropped: 0, of: Self.origin("b"))
        tails.append(", after", dropped: 0, of: Self.origin("a"))
        tails.append(
            "x", dropped: 0, of: OutputOrigin(sessionID: "t", taskID: "a", attempt: 1))
        let news = tails.news(of: "s", after: &place)
        #expect(news.map(\.0.taskID) == ["b", "a"])
        #expect(news.map(\.1.text) == ["b", ", after"])
        #expect(news.map(\.1.offset) == [0, 6])
        #expect(tails.news(of: "s", after: &place).isEmpty)
        let much = String(repeating: "y", count: OutputTail.maximumBytes)
        for task in ["c", "d"] { tails.append(much, dropped: 0, of: Self.origin(task)) }
        #expect(tails.news(of: "s", after: &place).map(\.0.taskID) == ["c"])
        #expect(tails.news(of: "s", after: &place).map(\.0.taskID) == ["d"])
        #expect(tails.news(of: "s", after: &place).isEmpty)
    }
}
