// Results that outlive their worker: an append-only file in the worker's folder, of results that were
// kept and of those that may be forgotten. It is read once, when the worker starts, and written anew
// when most of it is forgotten.
//
//     "ScrvOut1"
//     then records:  length 4 bytes, checksum 8 bytes (both of what follows, little-endian)
//                    kind 1 byte: 1 kept, 2 forgotten
//                    journal id: length 1 byte, UTF-8
//                    kept: a `Results` message with the one result; forgotten: three numbers each
//
// A record that is cut short, or whose checksum does not fit, is the end of the file: the process or
// the machine died while it was written, and whatever it was about will be done again.

import Logging
import ScrivenerCore
import ScrivenerModel
import ScrivenerWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file of results that were not acknowledged. Confined to the worker's thread.
///
/// A disk that fails takes nothing from what is in memory: it is said once, and no more is kept.
final class OutboxFile {
    /// When most of the file is forgotten, and it is larger than this, it is written anew.
    private static let rewriteBytes = 4 << 20

    private let path: String
    private let logger: Logger
    private var file: CInt
    private var size = 0
    /// Where the records that count are, and how long each is.
    private var live: [Key: Range<Int>] = [:]
    private var liveBytes = 0
    private var isBroken = false

    private struct Key: Hashable {
        var journalID: String
        var attempt: AttemptReference
    }

    /// Opens the file, or makes it, and reads what processes before this one have left. `nil` when
    /// another process has it: one that hangs must not keep its successor from working.
    ///
    /// - Throws: `ScrivenerError` of code `configuration_invalid` when it cannot be used, or is not
    ///   such a file.
    init?(in directory: String, logger: Logger) throws(ScrivenerError) {
        path = directory + "/outbox"
        self.logger = logger
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.unusable(path, errno) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw Self.unusable(path, errno) }
            logger.warning(
                "another process has the worker's folder: results are not kept across a restart",
                metadata: ["file": "\(path)"])
            return nil
        }
        guard let bytes = Self.readAll(file) else { throw Self.unusable(path, errno) }
        try recover(bytes)
    }

    deinit {
        guard file >= 0 else { return }
        // Closing alone leaves it locked while a child process that is just being started has the
        // file too, which it does until it is another program.
        flock(file, LOCK_UN)
        close(file)
    }

    /// What counts, by journal; the one that was written last comes last.
    private(set) var kept: [KeptResults] = []

    // MARK: Writing

    /// They are on disk when it returns, unless the disk fails.
    func keep(_ kept: [KeptResults]) {
        guard !kept.isEmpty else { return }
        var bytes: [UInt8] = []
        for kept in kept {
            for result in kept.results {
                let record = OutboxRecord.kept(kept.journalID, result).bytes
                let start = size + bytes.count
                add(
                    Key(journalID: kept.journalID, attempt: result.attempt),
                    at: start..<start + record.count)
                bytes += record
            }
        }
        append(bytes)
        if !isBroken, fdatasync(file) != 0 { giveUp() }
    }

    func forget(_ journalID: String, _ attempts: [AttemptReference]) {
        for attempt in attempts { remove(Key(journalID: journalID, attempt: attempt)) }
        // Lost, it leads to a result that is sent once more.
        append(OutboxRecord.forgotten(journalID, attempts).bytes)
        if size > Self.rewriteBytes, size > 2 * liveBytes { rewrite() }
    }

    private func add(_ key: Key, at record: Range<Int>) {
        remove(key)
        live[key] = record
        liveBytes += record.count
    }

    private func remove(_ key: Key) {
        if let old = live.removeValue(forKey: key) { liveBytes -= old.count }
    }

    private func append(_ bytes: [UInt8]) {
        guard !isBroken, !bytes.isEmpty else { return }
        guard Self.write(bytes, to: file, at: size) else { return giveUp() }
        size += bytes.count
    }

    private func giveUp() {
        isBroken = true
        logger.error(
            "results cannot be kept across a restart any more",
            metadata: ["file": "\(path)", "error": "\(String(cString: strerror(errno)))"])
    }

    /// Beside its place, and moved there when it is whole and on disk.
    private func rewrite() {
        let draft = path + ".new"
        let new = open(draft, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard new >= 0 else { return }
        var bytes = OutboxRecord.header
        var moved: [Key: Range<Int>] = [:]
        for (key, place) in live.sorted(by: { $0.value.lowerBound < $1.value.lowerBound }) {
            guard let record = Self.read(file, place) else { break }
            moved[key] = bytes.count..<bytes.count + record.count
            bytes += record
        }
        guard moved.count == live.count, Self.write(bytes, to: new, at: 0), fdatasync(new) == 0,
            flock(new, LOCK_EX | LOCK_NB) == 0, rename(draft, path) == 0
        else {
            close(new)
            return
        }
        close(file)
        file = new
        size = bytes.count
        live = moved
    }

    private static func isBefore(_ left: Key, _ right: Key) -> Bool {
        (left.journalID, left.attempt) < (right.journalID, right.attempt)
    }

    private static func write(_ bytes: [UInt8], to file: CInt, at offset: Int) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(
                    file, $0.baseAddress.map { $0 + written }, bytes.count - written,
                    off_t(offset + written))
            }
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                return false
            }
            written += count
        }
        return true
    }

    // MARK: Reading

    private func recover(_ bytes: [UInt8]) throws(ScrivenerError) {
        guard !bytes.isEmpty else {
            append(OutboxRecord.header)
            return
        }
        guard bytes.starts(with: OutboxRecord.header) else {
            throw ScrivenerError(
                .configurationInvalid, "\(path) is not a worker's outbox: move it away")
        }
        size = OutboxRecord.header.count
        var journals: [String] = []
        var results: [Key: AttemptResult] = [:]
        while let (record, length) = OutboxRecord.read(bytes[size...]) {
            switch record {
            case .kept(let journal, let result):
                let key = Key(journalID: journal, attempt: result.attempt)
                add(key, at: size..<size + length)
                results[key] = result
                journals.removeAll { $0 == journal }
                journals.append(journal)
            case .forgotten(let journal, let attempts):
                for attempt in attempts {
                    remove(Key(journalID: journal, attempt: attempt))
                }
            case nil:
                logger.error(
                    "a record of the outbox is not understood", metadata: ["file": "\(path)"])
            }
            size += length
        }
        // What is behind it was never whole.
        if size < bytes.count, ftruncate(file, off_t(size)) != 0 { giveUp() }
        kept = journals.map { journal in
            let own = live.keys.filter { $0.journalID == journal }.sorted(by: Self.isBefore)
            return KeptResults(journalID: journal, results: own.compactMap { results[$0] })
        }.filter { !$0.results.isEmpty }
    }

    private static func readAll(_ file: CInt) -> [UInt8]? {
        var facts = stat()
        guard fstat(file, &facts) == 0 else { return nil }
        return read(file, 0..<Int(facts.st_size))
    }

    private static func read(_ file: CInt, _ place: Range<Int>) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: place.count)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                pread(
                    file, $0.baseAddress.map { $0 + count }, $0.count - count,
                    off_t(place.lowerBound + count))
            }
            guard got > 0 else { return nil }
            count += got
        }
        return bytes
    }

    private static func unusable(_ path: String, _ number: CInt) -> ScrivenerError {
        ScrivenerError(
            .configurationInvalid,
            "the worker's outbox \(path) cannot be used: \(String(cString: strerror(number)))")
    }
}
