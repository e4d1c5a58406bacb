// The payloads of commits. One commit may bring many megabytes (a plan of a hundred thousand tasks),
// of which a dispatch wants a few hundred bytes here and there: so they are cut into parts of a
// bounded size, each with a checksum of its own, and no more is read, checked and cached than the
// parts that are wanted.

internal import GRDB
package import ScrivenerCore

/// A row of `payload`.
struct PayloadPart: Hashable {
    /// How long a part is; the last one of a commit may be shorter.
    static let byteCount = 1 << 16
    /// As many as a payload of 4 GiB has, which is how far a handle reaches.
    static let numberBits = 16

    /// The commit's sequence number, and below it the part's own: a commit's parts lie together.
    let key: Int64

    init(key: Int64) { self.key = key }

    /// The part that holds a byte of a commit's payload; `nil` where no commit can have the number.
    init?(of sequence: Int64, holding offset: Int) {
        let number = offset / Self.byteCount
        guard 1...(.max >> Self.numberBits) ~= sequence, 0..<(1 << Self.numberBits) ~= number
        else { return nil }
        key = sequence << Self.numberBits | Int64(number)
    }

    var sequence: Int64 { key >> Self.numberBits }
    /// Where in the commit's payload it begins.
    var offset: Int { Int(key & (1 << Self.numberBits - 1)) * Self.byteCount }
}

/// Bytes that were asked for.
package struct PayloadBytes: Sendable {
    /// Back to back, in the order in which they were asked for.
    package fileprivate(set) var bytes: [UInt8]
    fileprivate var ends: [Int] = []

    /// Nothing, of nothing that was asked for.
    package static let none = PayloadBytes(bytes: [])

    package var count: Int { ends.count }

    package subscript(index: Int) -> ArraySlice<UInt8> {
        bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }
}

extension SQLiteJournal {
    func insertPayload(
        _ sequence: Int64, _ bytes: [UInt8], of owners: [Int64], into database: Database
    ) throws {
        for owner in owners {
            try database.run("INSERT INTO payload_owner VALUES (?, ?)") { statement in
                try statement.bind(owner, at: 1)
                try statement.bind(sequence, at: 2)
                try statement.finish()
            }
        }
        try bytes.withUnsafeBytes { whole in
            for offset in stride(from: 0, to: whole.count, by: PayloadPart.byteCount) {
                guard let part = PayloadPart(of: sequence, holding: offset) else {
                    throw JournalError.tooLarge(limit: Int(UInt32.max), actual: whole.count)
                }
                let slice = whole[offset..<min(offset + PayloadPart.byteCount, whole.count)]
                try Self.insert(part, UnsafeRawBufferPointer(rebasing: slice), into: database)
            }
        }
    }

    private static func insert(
        _ part: PayloadPart, _ bytes: UnsafeRawBufferPointer, into database: Database
    ) throws {
        try database.run("INSERT INTO payload VALUES (?, ?, ?)") { statement in
            try statement.bind(part.key, at: 1)
            try statement.bind(RowChecksum.payload(part, bytes), at: 2)
            try statement.withBlob(bytes, at: 3) { try statement.finish() }
        }
    }

    /// What was just written is mostly read next.
    ///
    /// What would fill the whole cache is not put there, nor are the arrays that bytes come in, which
    /// may have been made for more.
    func cachePayload(_ sequence: Int64, _ bytes: [UInt8]) {
        guard bytes.count <= cache.limitBytes else { return }
        bytes.withUnsafeBytes { whole in
            for offset in stride(from: 0, to: whole.count, by: PayloadPart.byteCount) {
                guard let part = PayloadPart(of: sequence, holding: offset) else { return }
                let end = min(offset + PayloadPart.byteCount, whole.count)
                cache.insert(
                    Array(UnsafeRawBufferPointer(rebasing: whole[offset..<end])), for: part)
            }
        }
    }

    package func read(_ handles: [PayloadHandle]) throws(JournalError) -> PayloadBytes {
        var result = PayloadBytes(bytes: [])
        result.ends.reserveCapacity(handles.count)
        var end = 0
        for handle in handles {
            end += Int(handle.length)
            result.ends.append(end)
        }
        result.bytes.reserveCapacity(end)
        var last = LastPart()
        for handle in handles where handle.length > 0 {
            try append(handle, to: &result.bytes, &last)
        }
        return result
    }

    /// The part that was read last: neighbours are mostly in the same.
    private struct LastPart {
        var part: PayloadPart?
        var bytes: [UInt8] = []
    }

    private func append(
        _ handle: PayloadHandle, to result: inout [UInt8], _ last: inout LastPart
    ) throws(JournalError) {
        var offset = Int(handle.offset)
        let end = offset + Int(handle.length)
        while offset < end {
            guard let part = PayloadPart(of: handle.row, holding: offset) else {
                throw .corrupt(sequence: handle.row, "no payload has byte \(offset) of such a row")
            }
            if last.part != part {
                last.bytes = try payload(part)
                last.part = part
            }
            let partEnd = part.offset + PayloadPart.byteCount
            let wanted = min(end, partEnd)
            guard wanted - part.offset <= last.bytes.count else {
                throw .corrupt(
                    sequence: handle.row,
                    "bytes up to \(end) of the payload are wanted; "
                        + "it has \(part.offset + last.bytes.count)")
            }
            result.append(contentsOf: last.bytes[(offset - part.offset)..<(wanted - part.offset)])
            offset = wanted
        }
    }

    private func payload(_ part: PayloadPart) throws(JournalError) -> [UInt8] {
        if let bytes = cache.bytes(of: part) { return bytes }
        let sql = "SELECT checksum, bytes FROM payload WHERE part = ?"
        let bytes = try connection.access { database in
            try database.run(sql) { statement in
                try statement.bind(part.key, at: 1)
                guard try statement.step() else {
                    throw JournalError.corrupt(
                        sequence: part.sequence,
                        part.offset == 0
                            ? "the payload is missing"
                            : "the payload is missing from byte \(part.offset) on")
                }
                let bytes = statement.blob(1)
                guard RowChecksum.payload(part, bytes) == statement.integer(0) else {
                    throw JournalError.corrupt(
                        sequence: part.sequence, "the payload's checksum does not fit")
                }
                return Array(bytes)
            }
        }
        cache.insert(bytes, for: part)
        return bytes
    }
}
