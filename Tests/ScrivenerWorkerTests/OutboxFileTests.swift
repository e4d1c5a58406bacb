// What was not acknowledged is there after a restart, whatever the process was doing when it died.

import Foundation
import Logging
import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerWorker

@Suite struct OutboxFileTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "outbox-test-" + UUID().uuidString

        init() throws {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        var file: URL { URL(fileURLWithPath: path + "/outbox") }

        func open() throws -> OutboxFile {
            try #require(try OutboxFile(in: path, logger: Logger(label: "test")))
        }
    }

    private func result(_ task: Int32, bytes: Int = 10) -> AttemptResult {
        AttemptResult(
            attempt: AttemptReference(session: 1, task: task, attempt: 1), runTime: .seconds(1),
            result: AgentResult(
                payload: RawJSON(Array("\"\(String(repeating: "x", count: bytes))\"".utf8))))
    }

    private func kept(_ journal: String, _ tasks: Int32...) -> KeptResults {
        KeptResults(journalID: journal, results: tasks.map { result($0) })
    }

    @Test func whatWasKeptAndNotForgottenComesBack() throws {
        let folder = try Folder()
        do {
            let file = try folder.open()
            #expect(file.kept == [])
            file.keep([kept("a", 1, 2, 3)])
            file.keep([kept("b", 1)])
            file.forget("a", [result(2).attempt])
            // Of another journal, though it bears the same number.
            file.forget("b", [result(3).attempt])
        }
        #expect(try folder.open().kept == [kept("a", 1, 3), kept("b", 1)])
        do { try folder.open().forget("b", [result(1).attempt]) }
        #expect(try folder.open().kept == [kept("a", 1, 3)])
    }

    /// The process dies at any byte of a record: those before it are there, and what follows is
    /// written where it began.
    @Test func aTornRecordIsTheEnd() throws {
        let folder = try Folder()
        do {
            let file = try folder.open()
            file.keep([kept("a", 1)])
        }
        let first = try Data(contentsOf: folder.file)
        do { try folder.open().keep([kept("a", 2)]) }
        let both = try Data(contentsOf: folder.file)
        for length in stride(from: first.count, to: both.count, by: 7) {
            try both.prefix(length).write(to: folder.file)
            do {
                let file = try folder.open()
                #expect(file.kept == [kept("a", 1)], "\(length) bytes")
                file.keep([kept("a", 3)])
            }
            #expect(try folder.open().kept == [kept("a", 1, 3)], "\(length) bytes")
        }
        // One that changed is as good as none.
        var damaged = both
        damaged[both.count - 1] ^= 1
        try damaged.write(to: folder.file)
        #expect(try folder.open().kept == [kept("a", 1)])
    }

    @Test func anotherProgramsFileIsLeftAlone() throws {
        let folder = try Folder()
        try Data("something else".utf8).write(to: folder.file)
        #expect(throws: ScrivenerError.self) { try folder.open() }
        #expect(try Data(contentsOf: folder.file) == Data("something else".utf8))
    }

    /// A predecessor that hangs is no reason not to work.
    @Test func oneProcessAtATime() throws {
        let folder = try Folder()
        let file = try folder.open()
        #expect(try OutboxFile(in: folder.path, logger: Logger(label: "test")) == nil)
        file.keep([kept("a", 1)])
    }

    /// Results come and go for weeks; the file does not grow with them.
    @Test func theFileStaysSmall() throws {
        let folder = try Folder()
        let file = try folder.open()
        file.keep([kept("a", 1)])
        for round in 0..<40 as Range<Int32> {
            let large = result(round + 2, bytes: 400_000)
            file.keep([KeptResults(journalID: "a", results: [large])])
            file.forget("a", [large.attempt])
        }
        let size = try FileManager.default.attributesOfItem(atPath: folder.file.path)[.size]
        #expect(try #require(size as? Int) < 6_000_000)
        file.keep([kept("a", 999)])
        withExtendedLifetime(file) {}
        let copy = try Folder()
        try FileManager.default.copyItem(at: folder.file, to: copy.file)
        #expect(try copy.open().kept == [kept("a", 1, 999)])
    }
}
