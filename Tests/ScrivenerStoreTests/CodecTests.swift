import ScrivenerCore
import ScrivenerModel
import Testing

@testable import ScrivenerStore

@Suite("Bytes")
struct ByteCodingTests {
    /// A number at the end of its range that comes back as another would make a deadline or an
    /// offset wrong in a journal whose checksums all fit.
    @Test func `numbers come back`() throws {
        let unsigned: [UInt64] = [0, 1, 127, 128, 16_383, 16_384, 1 << 63, .max]
        let signed: [Int64] = [0, -1, 1, -64, 63, 64, .min, .max]
        var writer = ByteWriter()
        for value in unsigned { writer.varint(value) }
        for value in signed { writer.signed(value) }
        writer.deltaColumn(signed)
        for value in unsigned { writer.fixed64(value) }
        try ByteReader.read(writer.bytes) { reader throws(JournalDecodingError) in
            for value in unsigned { #expect(try reader.varint() == value) }
            for value in signed { #expect(try reader.signed() == value) }
            #expect(try reader.deltaColumn(signed.count) == signed)
            for value in unsigned { #expect(try reader.fixed64() == value) }
            try reader.finish()
        }
    }

    /// Small numbers must be small on disk: the journal's size is what bounds a restart.
    @Test func `small magnitudes take one byte`() {
        for value: Int64 in [-64, -1, 0, 63] {
            var writer = ByteWriter()
            writer.signed(value)
            #expect(writer.bytes.count == 1)
        }
    }

    /// Bytes that say more than they have must be told apart from bytes, and where.
    @Test(arguments: [
        ([0x80], JournalDecodingError(.truncated, at: 1)),
        ([0x80, 0x00], JournalDecodingError(.number, at: 2)),
        (
            [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
            JournalDecodingError(.number, at: 10)
        ),
        ([UInt8](repeating: 0xFF, count: 11), JournalDecodingError(.number, at: 10)),
    ])
    func `numbers that were not written so are refused`(
        bytes: [UInt8], expected: JournalDecodingError
    ) {
        #expect(throws: expected) {
            try ByteReader.read(bytes) { reader throws(JournalDecodingError) in
                _ = try reader.varint()
            }
        }
    }

    /// A flipped bit in a count must not make us allocate what a count of 2⁶⁰ asks for.
    @Test func `counts are held against the bytes that are left`() {
        var writer = ByteWriter()
        writer.varint(1 << 60)
        #expect(throws: JournalDecodingError(.count, at: 9)) {
            try ByteReader.read(writer.bytes) { reader throws(JournalDecodingError) in
                _ = try reader.stringColumn(try reader.count())
            }
        }
    }

    /// Text that is not UTF-8 must be noticed, not repaired: a repaired id names another session.
    @Test func `text is checked`() {
        #expect(throws: JournalDecodingError(.text, at: 3)) {
            try ByteReader.read([2, 0xC3, 0x28]) { reader throws(JournalDecodingError) in
                _ = try reader.string()
            }
        }
    }
}

@Suite("XXH64")
struct XXHash64Tests {
    /// A hash that is nearly XXH64 would find accidents as well, but no tool could check a journal
    /// with it, and a later correction would make every journal corrupt. The vectors are those of
    /// xxHash's own sanity check and of the Python binding's tests; the buffer is the former's.
    @Test func `published vectors`() {
        #expect(XXHash64.hash([]) == 0xEF46_DB37_51D8_E999)
        #expect(XXHash64.hash(Array("a".utf8)) == 15_154_266_338_359_012_955)
        #expect(XXHash64.hash(Array("a".utf8), seed: 1) == 16_051_599_287_423_682_246)
        #expect(XXHash64.hash(Array("a".utf8), seed: .max) == 6_972_758_980_737_027_682)
        #expect(XXHash64.hash(Array("abc".utf8)) == 4_952_883_123_889_572_249)

        let prime: UInt64 = 2_654_435_761
        var buffer: [UInt8] = []
        var state = prime
        for _ in 0..<222 {
            buffer.append(UInt8(state >> 56))
            state &*= 11_400_714_785_074_694_797
        }
        #expect(XXHash64.hash([], seed: prime) == 0xAC75_FDA2_929B_17EF)
        #expect(XXHash64.hash(Array(buffer[..<1])) == 0xE934_A84A_DB05_2768)
        #expect(XXHash64.hash(Array(buffer[..<1]), seed: prime) == 0x5014_6076_43A9_B4C3)
        #expect(XXHash64.hash(Array(buffer[..<4])) == 0x9136_A0DC_A574_57EE)
        #expect(XXHash64.hash(Array(buffer[..<14])) == 0x8282_DCC4_994E_35C8)
        #expect(XXHash64.hash(Array(buffer[..<14]), seed: prime) == 0xC3BD_6BF6_3DEB_6DF0)
        #expect(XXHash64.hash(buffer) == 0xB641_AE8C_B691_C174)
        #expect(XXHash64.hash(buffer, seed: prime) == 0x20CB_8AB7_AE10_C14A)
    }
}

@Suite("Facts as bytes")
struct FactCodecTests {
    /// A field that is forgotten or swapped when facts are written is a decision that a restarted
    /// coordinator remembers differently from the one that made it.
    @Test func `every kind of fact comes back`() throws {
        var generator = SeededGenerator(seed: 1)
        for count in 0..<400 {
            let facts = generator.facts(count % 40)
            #expect(try FactCodec.decode(FactCodec.encode(facts)) == facts)
        }
    }

    /// The same for every case of every enumeration, so that none depends on chance.
    @Test func `every case comes back`() throws {
        let attempt = AttemptReference(session: 1, task: 2, attempt: 3)
        var facts: [SessionFact] = SeededGenerator.outcomes.map {
            .attemptEnded(attempt, AttemptEnding(outcome: $0, disposition: .requeue))
        }
        facts += CancelCause.allCases.map { .cancelRequested(session: 9, cause: $0) }
        facts += SeededGenerator.dispositions.map {
            .attemptEnded(attempt, AttemptEnding(outcome: .superseded, disposition: $0))
        }
        facts += PauseMode.allCases.map { .sessionPaused(session: .min, mode: $0) }
        facts += SessionState.allCases.map { .sessionEnded(session: .max, state: $0) }
        #expect(try FactCodec.decode(FactCodec.encode(facts)) == facts)
    }

    /// Two cases with one number would be told apart by nobody after a restart.
    @Test func `numbers of cases are unique`() {
        func check<Value: JournalCoded>(_: Value.Type) {
            let codes = Set(Value.allCases.map(\.journalCode))
            #expect(codes.count == Value.allCases.count, "\(Value.self)")
            #expect(!codes.contains(0), "\(Value.self): 0 stands for none")
        }
        check(CancelCause.self)
        check(FailureClass.self)
        check(DependencyFailurePolicy.self)
        check(JoinRule.Rest.self)
        check(Delivery.self)
        check(PauseMode.self)
        check(SessionStatus.self)
        check(SessionState.self)
        check(TaskStatus.self)
        check(ExecutionOutcome.self)
    }

    /// A dispatch that costs a hundred bytes makes the journal the bottleneck that it is built
    /// not to be.
    @Test func `a dispatch costs less than a dozen bytes`() {
        var generator = SeededGenerator(seed: 2)
        let facts: [SessionFact] = (0..<256).map { index in
            .attemptDispatched(
                AttemptReference(
                    session: 100_000 + Int64.random(in: 0..<8, using: &generator),
                    task: Int32(index) * 17, attempt: 1),
                worker: .random(in: 0..<200, using: &generator),
                agent: .random(in: 0..<50, using: &generator))
        }
        let bytes = FactCodec.encode(facts).count
        #expect(bytes < 256 * 8, "\(Double(bytes) / 256) bytes each")
    }

    /// Bytes of a journal that newer software wrote must be refused, not guessed at.
    @Test func `unknown formats and kinds are refused`() {
        #expect(throws: JournalDecodingError(.format(2), at: 1)) {
            try FactCodec.decode([2, 0])
        }
        #expect(throws: JournalDecodingError(.format(4), at: 1)) {
            try FactCodec.decode([4, 0])
        }
        #expect(throws: JournalDecodingError(.unknownCase(of: "FactKind", 20), at: 3)) {
            try FactCodec.decode([3, 1, 0x54, 0, 0])
        }
        #expect(throws: JournalDecodingError(.truncated, at: 0)) { try FactCodec.decode([]) }
        #expect(throws: JournalDecodingError(.trailingBytes, at: 2)) {
            try FactCodec.decode([3, 0, 0])
        }
    }

    /// Columns that say how much is in other columns must be held against them: a row of buckets
    /// that ends beyond the buckets would trap in the model, at every start.
    @Test(arguments: [
        ([0, 0, 1, 2, 2, 0, 0, 0, 4, 0, 0], "buckets belong to no type"),
        ([0, 0, 1, 2, 2, 0, 0, 0, 1, 0, 0], "rows of buckets are out of order"),
    ])
    func `learned performance that does not fit together is refused`(
        columns: [UInt8], defect: String
    ) {
        #expect(throws: JournalDecodingError(.inconsistent(defect), at: 14)) {
            try FactCodec.decode([3, 1, 0x4F] + columns)
        }
    }

    /// A count of 2⁴⁰ in a few bytes must not make us allocate for it, whichever column says so.
    @Test func `counts of learned performance and metrics are held against the bytes`() {
        let huge: [UInt8] = [0x80, 0x80, 0x80, 0x80, 0x80, 0x40]
        for before in [[], [0], [0, 0], [0, 0, 0], [0, 0, 0, 0]] as [[UInt8]] {
            #expect(throws: JournalDecodingError(.count, at: 9 + before.count)) {
                try FactCodec.decode([3, 1, 0x4F] + before + huge + [0, 0, 0])
            }
        }
        #expect(throws: JournalDecodingError(.count, at: 11)) {
            try FactCodec.decode([3, 1, 0x50, 0, 0] + huge + [0, 0, 0])
        }
    }

    /// The bytes of format 3, as the first release writes them: journals outlive releases.
    @Test func `format 3 stays as it is`() throws {
        let facts: [SessionFact] = [
            .workerKnown(number: 1, id: "w"),
            .attemptDispatched(
                AttemptReference(session: 1, task: 2, attempt: 1), worker: 1, agent: 3),
            .attemptDispatched(
                AttemptReference(session: 1, task: 3, attempt: 1), worker: 1, agent: 3),
            .sessionEnded(session: 1, state: .partial),
            .priorityChanged(session: 2, task: 3, priority: 9),
            .priorityChanged(session: 2, task: nil, priority: 1),
            .sessionPaused(session: 2, mode: .now),
        ]
        let bytes: [UInt8] = [
            3, 5, 0x41, 0x85, 0x01, 0x48, 0x8E, 0x01, 0x4C,
            2, 1, 0x77,
            2, 0, 4, 2, 2, 2, 2, 2, 6, 6,
            2, 9,
            4, 2,
            4, 0, 9, 1, 1, 6, 0,
        ]
        #expect(FactCodec.encode(facts) == bytes)
        #expect(try FactCodec.decode(bytes) == facts)
    }
}

@Suite("Archived sessions as bytes")
struct SnapshotCodecTests {
    /// A session whose archive comes back changed gives people another answer than they were given
    /// while it ran.
    @Test func `snapshots come back`() throws {
        var generator = SeededGenerator(seed: 3)
        for number in 0..<300 {
            let snapshot = generator.snapshot(number: Int64(number))
            let session = SnapshotCodec.encode(snapshot.session)
            let tasks = snapshot.archived
            #expect(try SnapshotCodec.decodeSession(session) == snapshot.session)
            #expect(try SnapshotCodec.decodeTasks(SnapshotCodec.encode(tasks)) == tasks)
        }
    }

    /// A hundred thousand tasks on the same few workers must not write their ids a hundred
    /// thousand times.
    @Test func `recurring strings are written once`() {
        let task = TaskSnapshot(
            taskID: "t", taskType: "web_search", status: .completed, assignedAgent: nil,
            dependencies: [],
            executions: [
                ExecutionSnapshot(
                    attempt: 1, workerID: "worker-with-a-long-name.example.org",
                    agent: "researcher", outcome: .completed, failureClass: nil,
                    dispatchedAt: WallTime(millisecondsSince1970: 1_700_000_000_000),
                    endedAt: WallTime(millisecondsSince1970: 1_700_000_000_100),
                    runTime: .milliseconds(90), record: nil)
            ])
        let bytes = SnapshotCodec.encode(
            ArchivedTasks(
                tasks: [TaskSnapshot](repeating: task, count: 1_000), endOrder: Array(0..<1_000)))
        #expect(bytes.count < 25_000)
    }

    /// A place in the order of ends is an index into the tasks for whoever is told of them.
    @Test(arguments: [[0, 0], [2], [-1]] as [[Int32]])
    func `an order of ends that cannot be is refused`(_ order: [Int32]) {
        let task = TaskSnapshot(
            taskID: "t", taskType: "web_search", status: .skipped, assignedAgent: nil,
            dependencies: [], executions: [])
        let bytes = SnapshotCodec.encode(
            ArchivedTasks(tasks: [task, task], endOrder: order))
        #expect(throws: JournalDecodingError.self) { try SnapshotCodec.decodeTasks(bytes) }
    }

    /// Archives of other software must be refused, not guessed at.
    @Test func `unknown formats are refused`() {
        #expect(throws: JournalDecodingError(.format(9), at: 1)) {
            try SnapshotCodec.decodeSession([9])
        }
        #expect(throws: JournalDecodingError(.format(1), at: 1)) {
            try SnapshotCodec.decodeTasks([1])
        }
    }
}

@Suite("Hostile bytes")
struct CodecFuzzTests {
    private static let cases = 100_000

    /// What a bad disk or a bad backup may hold: cut short, bits flipped, bytes replaced or made
    /// up.
    private func damaged(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator))
        case 1:
            for _ in 0...Int.random(in: 0...2, using: &generator) where !bytes.isEmpty {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
        case 2:
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            bytes[index] = UInt8(truncatingIfNeeded: generator.next())
        default:
            bytes = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8(truncatingIfNeeded: generator.next())
            }
            // Most of them past the first byte.
            if !bytes.isEmpty, generator.flip() { bytes[0] = FactCodec.format }
        }
        return bytes
    }

    /// Facts whose bytes are damaged in a way that a checksum does not find must not bring down
    /// every start of the coordinator. What decodes all the same must be fit to be written again.
    @Test func `facts never trap`() {
        var generator = SeededGenerator(seed: 4)
        let samples = (0..<200).map { FactCodec.encode(generator.facts($0 % 7)) }
        var refused = 0
        for _ in 0..<Self.cases {
            let bytes = damaged(generator.one(of: samples), &generator)
            do {
                let facts = try FactCodec.decode(bytes)
                _ = FactCodec.encode(facts)
            } catch {
                refused += 1
                #expect(error.offset <= bytes.count)
            }
        }
        #expect(refused > Self.cases / 4)
    }

    /// The same for archived sessions: one bad archive must not take the coordinator with it.
    @Test func `snapshots never trap`() {
        var generator = SeededGenerator(seed: 5)
        let snapshots = (0..<100).map { generator.snapshot(number: $0) }
        let sessions = snapshots.map { SnapshotCodec.encode($0.session) }
        let tasks = snapshots.map { SnapshotCodec.encode($0.archived) }
        var refused = 0
        for index in 0..<Self.cases {
            do {
                if index.isMultiple(of: 2) {
                    let bytes = damaged(generator.one(of: sessions), &generator)
                    _ = SnapshotCodec.encode(try SnapshotCodec.decodeSession(bytes))
                } else {
                    let bytes = damaged(generator.one(of: tasks), &generator)
                    _ = SnapshotCodec.encode(try SnapshotCodec.decodeTasks(bytes))
                }
            } catch {
                refused += 1
            }
        }
        #expect(refused > Self.cases / 4)
    }
}
