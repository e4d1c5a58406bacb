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

    /// A session's id is given to another when it is not kept any more: what its agents said is not the other's,
    /// whether that is opened or heard first.
    @Test func sessionsOfOneIdAreNotMixed() {
        for isHeardFirst in [false, true] {
            let tails = OutputTails()
            tails.append("old", dropped: 0, of: Self.origin("a"))
            tails.append("old", dropped: 0, of: Self.origin("b"))
            if isHeardFirst { tails.append("new", dropped: 0, of: Self.origin("a"), session: 2) }
            tails.begin("s", number: 2)
            #expect(Self.text(tails, "a") == (isHeardFirst ? "new" : nil))
            #expect(Self.text(tails, "b") == nil)
            tails.append("er", dropped: 0, of: Self.origin("a"), session: 2)
            #expect(Self.text(tails, "a") == (isHeardFirst ? "newer" : "er"))
        }
    }

    /// A piece that is more than is held of an attempt: its end is held, and no character of it is cut.
    @Test func ofALongPieceTheEndIsHeld() throws {
        let tails = OutputTails()
        tails.append("beginning", dropped: 0, of: Self.origin("a"))
        let long = String(repeating: "\u{20AC}", count: 40_000)
        tails.append(long, dropped: 0, of: Self.origin("a"))
        let part = try #require(tails.part(of: Self.origin("a"), from: 0, limit: .max))
        #expect(part.next == 9 + 120_000 && part.text.utf8.count == part.next - part.offset)
        #expect(
            (OutputTail.maximumBytes - 3...OutputTail.maximumBytes).contains(
                part.next - part.offset))
        #expect(part.text.allSatisfy { $0 == "\u{20AC}" })
    }

    /// A worker sends many pieces at once: who follows another task is not woken, and who is woken is so once.
    @Test func onlyThoseWhomItConcernsAreWoken() async {
        let tails = OutputTails()
        var streams: [AsyncStream<FeedWake>] = []
        for task in ["a", "b", nil] {
            let (wakes, waker) = AsyncStream.makeStream(of: FeedWake.self)
            let reader = tails.add(waker, session: "s", task: task)
            streams.append(wakes)
            tails.append([
                OutputPiece(origin: Self.origin("a"), session: 1, text: "one"),
                OutputPiece(origin: Self.origin("a"), session: 1, text: "two"),
                OutputPiece(origin: Self.origin("b", 2), session: 1, text: ""),
            ])
            tails.remove(reader, session: "s")
            tails.append("three", dropped: 0, of: Self.origin("a"))
            waker.finish()
        }
        var counts: [Int] = []
        for wakes in streams { counts.append(await wakes.reduce(0) { count, _ in count + 1 }) }
        #expect(counts == [1, 0, 1])
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
        // What is counted is the memory that is taken, which is a little more than the text.
        let small = OutputTails(maximumBytes: 1_500)
        let text = String(repeating: "x", count: 1_000)
        small.append(text, dropped: 0, of: Self.origin("a"))
        small.append(text, dropped: 0, of: Self.origin("b"))
        #expect(Self.text(small, "a") == nil && Self.text(small, "b") == text)
        // What begins again has places of its own.
        let series = small.part(of: Self.origin("b"), from: 0, limit: 0)?.series
        small.append(text, dropped: 0, of: Self.origin("a"))
        small.append(text, dropped: 0, of: Self.origin("b"))
        #expect(small.part(of: Self.origin("b"), from: 0, limit: 0)?.series != series)
    }

    /// Agents that say a little more than half of what is held of each have room for all of it: that is counted,
    /// or they would take more than twice the memory that is said.
    @Test func roomThatIsNotUsedYetIsCounted() {
        let tails = OutputTails(maximumBytes: 4 * OutputTail.maximumBytes)
        let text = String(repeating: "x", count: OutputTail.maximumBytes / 2 + 1)
        for number in 0..<5 { tails.append(text, dropped: 0, of: Self.origin("\(number)")) }
        #expect((0..<5).filter { Self.text(tails, "\($0)") != nil }.count == 3)
    }

    /// An attempt was let go while a reader looked on, and speaks again: the reader sees all that it says since, and
    /// not only what lies beyond its place of before.
    @Test func whatBeginsAgainIsReadFromItsBeginning() {
        let tails = OutputTails(maximumAttempts: 1)
        var place = tails.end(of: "s")
        tails.append("first", dropped: 0, of: Self.origin("a"))
        #expect(tails.news(of: "s", after: &place).map(\.1.text) == ["first"])
        tails.append("other", dropped: 0, of: Self.origin("b"))
        tails.append("second, longer", dropped: 0, of: Self.origin("a"))
        let news = tails.news(of: "s", after: &place)
        #expect(news.map(\.1.text) == ["second, longer"] && news.map(\.1.offset) == [0])
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
