// What a process was doing when it died is told by the next one in its folder, once, and only if
// there is something to tell.

import Foundation
import Logging
import ScrivenerModel
import Testing

@testable import ScrivenerWorker

@Suite struct BlackBoxTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "black-box-test-" + UUID().uuidString

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func open(incarnation: Int64 = 1, slots: Int = 4) throws -> BlackBox {
            try #require(
                BlackBox(
                    in: path, incarnation: incarnation, slots: slots,
                    logger: Logger(label: "test")))
        }
    }

    private func attempt(_ task: Int32) -> AttemptReference {
        AttemptReference(session: 5, task: task, attempt: 2)
    }

    /// A process is killed: its successor knows what ran, and what was logged last.
    @Test func theNextProcessTellsWhatRan() throws {
        let folder = try Folder()
        do {
            let box = try folder.open(incarnation: 7)
            #expect(box.untold == nil)
            box.serves("a journal that is gone")
            box.serves("journal")
            let notes = (1...3).compactMap { box.began(attempt($0)) }
            box.ended(notes[1])
            box.log("info reads page 3", of: attempt(3))
            box.log("warning own", of: nil)
        }
        #expect(
            try folder.open().untold
                == WorkerDeath(
                    journalID: "journal", incarnation: 7, cause: .unknown,
                    attempts: [attempt(1), attempt(3)],
                    log: [
                        WorkerDeath.LogLine(attempt: attempt(3), text: "info reads page 3"),
                        WorkerDeath.LogLine(text: "warning own"),
                    ]))
    }

    /// The coordinator is not there when the next process starts, and that dies as well.
    @Test func whatWasNotHeardIsToldAgain() throws {
        let folder = try Folder()
        do { try folder.open(incarnation: 1).began(attempt(1)) }
        do {
            let second = try folder.open(incarnation: 2)
            #expect(second.untold?.attempts == [attempt(1)])
        }
        do {
            let third = try folder.open(incarnation: 3)
            #expect(third.untold?.incarnation == 1)
            third.forgetUntold()
            third.began(attempt(2))
        }
        #expect(try folder.open(incarnation: 4).untold?.attempts == [attempt(2)])
    }

    /// An attempt of a journal that is gone ends when its place is another's: that one is still told.
    @Test func anEndOfAnEarlierJournalIsNoEndOfAnother() throws {
        let folder = try Folder()
        do {
            let box = try folder.open()
            let note = try #require(box.began(attempt(1)))
            box.serves("another journal")
            box.began(attempt(2))
            box.ended(note)
        }
        #expect(try folder.open().untold?.attempts == [attempt(2)])
    }

    /// It left in good order, or nothing ran: a death of that kind concerns nobody.
    @Test func whoLeavesTellsNothing() throws {
        let folder = try Folder()
        do {
            let box = try folder.open()
            box.began(attempt(1))
            box.left()
        }
        do {
            let box = try folder.open()
            #expect(box.untold == nil)
            let note = try #require(box.began(attempt(1)))
            box.ended(note)
        }
        #expect(try folder.open().untold == nil)
    }

    /// Only the latest lines are kept, cut short, also in the middle of a character.
    @Test func theLogIsBounded() throws {
        let folder = try Folder()
        do {
            let box = try folder.open()
            box.began(attempt(1))
            for number in 1...300 { box.log("line \(number)", of: attempt(1)) }
            box.log("x" + String(repeating: "ö", count: 500), of: attempt(1))
        }
        let log = try #require(try folder.open().untold?.log)
        #expect(log.count == 128)
        #expect(log.first?.text == "line 174")
        #expect(log.last?.text == "x" + String(repeating: "ö", count: 223))
    }

    /// More begin than the file has places for: the others are executed all the same.
    @Test func moreThanFitIsLeftOut() throws {
        let folder = try Folder()
        do {
            let box = try folder.open(slots: 2)
            let notes = (1...100).map { box.began(attempt($0)) }
            #expect(notes[99] == nil)
            box.ended(try #require(notes[0]))
            box.began(attempt(101))
        }
        let attempts = try #require(try folder.open().untold?.attempts)
        #expect(attempts == [attempt(101)] + (2...68).map { attempt(Int32($0)) })
    }

    /// Somebody else's file, a torn one, and one of another size say nothing.
    @Test(arguments: [0, 1, 511, 512, 4_096, 70_000]) func aStrangeFileSaysNothing(
        size: Int
    ) throws {
        let folder = try Folder()
        do { try folder.open().began(attempt(1)) }
        let url = URL(fileURLWithPath: folder.path + "/running")
        let whole = try Data(contentsOf: url)
        try Data((whole + Data(repeating: 1, count: 70_000)).prefix(size)).write(to: url)
        #expect(try folder.open().untold == nil)
        try FileManager.default.removeItem(atPath: folder.path + "/running")
        try Data((0..<size).map { UInt8(truncatingIfNeeded: $0 &* 37) }).write(to: url)
        #expect(try folder.open().untold == nil)
    }
}
