// What the tests of the store share: directories that go away, and random values under a seed.

import Foundation
import ScrivenerCore
import ScrivenerModel

@testable import ScrivenerStore

/// A directory for one test, removed after it.
final class TemporaryDirectory {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "journal-test-" + UUID().uuidString
        try? FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/journal.sqlite" }
    var log: String { database + "-wal" }

    /// What a process that dies now leaves on the disk.
    func copyAfterCrash() throws -> TemporaryDirectory {
        let copy = TemporaryDirectory()
        for file in ["/journal.sqlite", "/journal.sqlite-wal"]
        where FileManager.default.fileExists(atPath: path + file) {
            try FileManager.default.copyItem(atPath: path + file, toPath: copy.path + file)
        }
        return copy
    }

    func bytes(_ file: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: file))
    }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

extension SQLiteJournal {
    /// What handles name, each by itself.
    func parts(_ handles: [PayloadHandle]) throws -> [[UInt8]] {
        let bytes = try read(handles)
        return (0..<bytes.count).map { Array(bytes[$0]) }
    }
}

extension Moment {
    static func at(_ number: Int64) -> Moment {
        Moment(
            instant: Instant(nanoseconds: number * 1_000),
            wall: WallTime(millisecondsSince1970: 1_700_000_000_000 + number))
    }
}

extension SQLiteJournal {
    /// Appends `count` commits of a few facts each, and says what was appended.
    func appendRandom(
        _ count: Int, _ generator: inout SeededGenerator
    ) throws -> [JournalRow] {
        var rows: [JournalRow] = []
        for _ in 0..<count {
            let moment = Moment.at(lastSequence)
            let facts = generator.facts(3)
            try append(
                JournalBatch(moment: moment, facts: facts, payload: [1, 2, 3]),
                expecting: lastSequence)
            rows.append(JournalRow(sequence: lastSequence, moment: moment, facts: facts))
        }
        return rows
    }

    func rows() throws(JournalError) -> [JournalRow] {
        var rows: [JournalRow] = []
        try replay { rows.append($0) }
        return rows
    }
}
