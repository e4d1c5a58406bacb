// One record of a worker's outbox file. `OutboxFile` tells the form.

import ScrivenerModel
import ScrivenerWire

/// What a record says.
enum OutboxRecord {
    case kept(String, AttemptResult)
    case forgotten(String, [AttemptReference])

    static let header = Array("ScrvOut1".utf8)
    /// Length and checksum.
    private static let prefixBytes = 12

    private enum Kind {
        static let kept: UInt8 = 1
        static let forgotten: UInt8 = 2
    }

    var bytes: [UInt8] {
        var body: [UInt8]
        switch self {
        case .kept(let journal, let result):
            body = Self.head(Kind.kept, journal)
            body += WireCodec.encode(.results(ResultBatch(epoch: 0, items: [result])))
        case .forgotten(let journal, let attempts):
            body = Self.head(Kind.forgotten, journal)
            body += WireCodec.encode(.released(epoch: 0, attempts: attempts))
        }
        return Self.littleEndian(UInt64(body.count), bytes: 4)
            + Self.littleEndian(XXHash64.hash(body), bytes: 8) + body
    }

    private static func head(_ kind: UInt8, _ journal: String) -> [UInt8] {
        let id = journal.utf8.prefix(255)
        return [kind, UInt8(id.count)] + id
    }

    private static func littleEndian(_ value: UInt64, bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The record that bytes begin with, and how many of them it has; `nil` when there is no whole
    /// one.
    ///
    /// A record that is whole and says nothing that is understood has no `record`: those behind it
    /// count nevertheless.
    static func read(_ bytes: ArraySlice<UInt8>) -> (record: OutboxRecord?, length: Int)? {
        guard bytes.count > prefixBytes else { return nil }
        let length = Int(number(bytes.prefix(4)))
        let rest = bytes.dropFirst(prefixBytes)
        guard length >= 2, length <= rest.count else { return nil }
        let body = Array(rest.prefix(length))
        guard number(bytes.dropFirst(4).prefix(8)) == XXHash64.hash(body) else { return nil }
        let idLength = Int(body[1])
        guard body.count >= 2 + idLength else { return nil }
        let journal = String(decoding: body[2..<2 + idLength], as: UTF8.self)
        // Written when other limits may have held; the checksum says that it is ours.
        var limits = WireLimits()
        (limits.messageBytes, limits.resultBytes) = (.max, .max)
        let message = try? WireCodec.decode(
            worker: Array(body.dropFirst(2 + idLength)), limits: limits)
        let record: OutboxRecord? =
            switch (body[0], message) {
            case (Kind.kept, .results(let batch)): batch.items.first.map { .kept(journal, $0) }
            case (Kind.forgotten, .released(_, let attempts)): .forgotten(journal, attempts)
            default: nil
            }
        return (record, prefixBytes + length)
    }
}
