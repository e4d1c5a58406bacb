// Results that succeeded and have nothing but a payload, which is what most results are, read where they
// lie: no value is made of any, and their payloads are copied once.
//
// This is a second reader of a message that `ResultMessages.swift` reads, and it takes no more than that
// one does: whatever is unusual about a message, be it an error, is left to the other.

package import ScrivenerModel

/// A message of results without findings, usage, failure and proposed tasks.
package struct PlainResults: Sendable {
    package private(set) var epoch: Int64 = 0
    package private(set) var attempts: [AttemptReference] = []
    /// In nanoseconds.
    package private(set) var runTimes: [Int64] = []
    /// The payloads, back to back. Each is one JSON value.
    package private(set) var arena: [UInt8] = []
    private var lengths: [Int32] = []

    /// Calls `body` with each result in order. A payload that was left out stands for `null`, and is
    /// empty here.
    package func forEach(
        _ body: (AttemptReference, _ runTime: TimeSpan, _ payload: ArraySlice<UInt8>) -> Void
    ) {
        var start = 0
        for row in attempts.indices {
            let end = start + Int(length(row))
            body(attempts[row], TimeSpan(nanoseconds: runTimes[row]), arena[start..<end])
            start = end
        }
    }

    private func length(_ row: Int) -> Int32 { lengths.isEmpty ? 0 : lengths[row] }
}

extension WireCodec {
    /// Reads a worker's message if it is one of plain results; `nil` when it is any other, or when
    /// there is something wrong with it that `decode(worker:)` will tell.
    package static func plainResults(
        _ bytes: RawSpan, limits: WireLimits = .standard
    ) -> PlainResults? {
        guard bytes.byteCount <= limits.messageBytes else { return nil }
        return PlainResults(bytes, limits)
    }
}

extension PlainResults {
    /// `WorkerEnvelope.results`.
    private static let resultsField = 3

    fileprivate init?(_ bytes: RawSpan, _ limits: WireLimits) {
        var envelope = FieldWalker(0..<bytes.byteCount)
        guard let results = envelope.next(in: bytes), results.number == Self.resultsField,
            envelope.isAtEnd, let contents = results.contents,
            read(contents, of: bytes), isSound(limits)
        else { return nil }
    }

    /// Reads the fields of `Results`, each once at most.
    private mutating func read(_ contents: Range<Int>, of bytes: RawSpan) -> Bool {
        var fields = FieldWalker(contents)
        var last = 0
        while let field = fields.next(in: bytes) {
            guard field.number > last else { return false }
            last = field.number
            switch (field.number, field.value, field.contents) {
            case (1, let value?, _): epoch = Int64(bitPattern: value)
            case (2, _, let range?): arena = Self.copy(range, of: bytes)
            case (3, _, let range?): guard readAttempts(range, of: bytes) else { return false }
            case (4, _, let range?):
                guard Self.read(&runTimes, range, of: bytes) else { return false }
            case (5, _, let range?):
                guard Self.read(&lengths, range, of: bytes) else { return false }
            default: return false
            }
        }
        return fields.isAtEnd
    }

    private static func copy(_ range: Range<Int>, of bytes: RawSpan) -> [UInt8] {
        bytes.extracting(range).withUnsafeBytes { Array($0) }
    }

    private mutating func readAttempts(_ range: Range<Int>, of bytes: RawSpan) -> Bool {
        var fields = FieldWalker(range)
        var sessions: [Int64] = []
        var tasks: [Int32] = []
        var numbers: [Int32] = []
        guard let first = fields.next(in: bytes), first.number == 1,
            let second = fields.next(in: bytes), second.number == 2,
            let third = fields.next(in: bytes), third.number == 3, fields.isAtEnd,
            let sessionRange = first.contents, Self.read(&sessions, sessionRange, of: bytes),
            let taskRange = second.contents, Self.read(&tasks, taskRange, of: bytes),
            let numberRange = third.contents, Self.read(&numbers, numberRange, of: bytes),
            sessions.count == tasks.count, sessions.count == numbers.count
        else { return false }
        attempts.reserveCapacity(sessions.count)
        for row in sessions.indices {
            attempts.append(
                AttemptReference(
                    session: sessions[row], task: tasks[row], attempt: numbers[row]))
        }
        return true
    }

    /// A packed column of numbers that fit.
    private static func read<Value: FixedWidthInteger & SignedInteger>(
        _ column: inout [Value], _ range: Range<Int>, of bytes: RawSpan
    ) -> Bool {
        var walker = FieldWalker(range)
        // A number takes a byte at least.
        column.reserveCapacity(range.count)
        while !walker.isAtEnd {
            guard let bits = walker.varint(in: bytes),
                let value = Value(exactly: Int64(bitPattern: bits))
            else { return false }
            column.append(value)
        }
        return true
    }

    /// Whether everything is as the schema and the limits demand.
    private func isSound(_ limits: WireLimits) -> Bool {
        guard epoch >= 0, attempts.count <= limits.batchItems, runTimes.count == attempts.count,
            lengths.isEmpty || lengths.count == attempts.count
        else { return false }
        var start = 0
        for row in attempts.indices {
            let length = Int(length(row))
            guard attempts[row].session > 0, attempts[row].task >= 0, attempts[row].attempt > 0,
                runTimes[row] >= 0, 0...limits.resultBytes ~= length,
                length <= arena.count - start, isJSON(start..<start + length)
            else { return false }
            start += length
        }
        return start == arena.count
    }

    private func isJSON(_ range: Range<Int>) -> Bool {
        if range.isEmpty { return true }
        do throws(JSONError) {
            try JSONReader.validate(arena, in: range)
            return true
        } catch { return false }
    }
}
