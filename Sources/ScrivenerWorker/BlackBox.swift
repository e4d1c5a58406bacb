// What a worker's process is doing, written down while it does it, in a file of its own folder that is
// mapped into memory: the pages outlive the process however it ends, and a store to memory is all that
// a note costs. The next process reads what the last one was doing when it died, and tells the
// coordinator, which thus learns of tasks that kill whoever executes them.
//
//     header     64 × 8 bytes: see `Field`; the journal's id and the machine's boot id as text
//     attempts   so many × 16 bytes: session, task, attempt; attempt 0 is a place that is free
//     log        so many × 512 bytes: number of the line, attempt, length, text
//
// A death is not told when the whole machine went down: that was nobody's fault, and pages may be
// missing. What was read is kept under another name until a coordinator has heard it.
//
// `@unchecked Sendable` and unsafe: the memory is written by the worker's thread (attempts), by
// whatever thread logs (under a lock), and by a signal's handler (one word).

import Logging
import ScrivenerModel
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The record of one process.
final class BlackBox: @unchecked Sendable {
    /// Words of the header, by their place.
    private enum Field: Int {
        case magic, incarnation, cause, attemptCount
        /// Then follow 8 words of text each.
        case bootID
        case journalID = 12
    }

    /// How the process ended.
    private enum Cause {
        static let none: Int64 = 0
        /// In good order: there is nothing to tell.
        static let left: Int64 = -1
        /// Positive: a signal. From here on downwards: it called `exit`.
        static let exited: Int64 = -1_000
    }

    private static let magic = Int64(bitPattern: 0x5343_5256_424f_5831)
    private static let headerBytes = 512
    private static let journalIDBytes = 128
    private static let attemptBytes = 16
    private static let lineBytes = 512
    private static let lineHeaderBytes = 32
    private static let lines = 128
    /// More run at once on no worker; what does is not written down.
    private static let mostAttempts = 1 << 20

    private let base: UnsafeMutableRawPointer
    private let size: Int
    private let directory: String
    private let capacity: Int
    private let lineCount = Mutex(Int64(0))
    private var free: [Int] = []
    private var used = 0
    /// How many journals were served before this one.
    private var journals = 0

    /// Where an attempt is written down.
    struct Note {
        fileprivate let place: Int
        /// Notes of an earlier journal's attempts are gone.
        fileprivate let journals: Int
    }

    /// What has not been told of a process before this one.
    let untold: WorkerDeath?
    /// Whether what the process before this one was doing would be known: not of the first in its
    /// folder, nor where it could write nothing down.
    let knowsLast: Bool
    private var journalID = ""

    /// Reads what the process before this one has left, and begins anew.
    ///
    /// - Returns: `nil` when the file cannot be used, which is said: the worker does without.
    init?(in directory: String, incarnation: Int64, slots: Int, logger: Logger) {
        self.directory = directory
        // What is given up by the coordinator makes room for others before it has stopped.
        capacity = min(2 * max(1, slots) + 64, Self.mostAttempts)
        let path = directory + "/running"
        if access(path + ".untold", F_OK) != 0 { rename(path, path + ".untold") }
        let last = Self.read(path + ".untold")
        knowsLast = last != nil
        untold = last ?? nil
        if untold == nil { unlink(path + ".untold") }
        size =
            Self.headerBytes + capacity * Self.attemptBytes + Self.lines * Self.lineBytes
        guard let base = Self.map(path, size: size) else {
            logger.warning(
                "what runs cannot be written down: a death of this process will not be told",
                metadata: ["file": "\(path)", "error": "\(String(cString: strerror(errno)))"])
            return nil
        }
        self.base = base
        store(incarnation, .incarnation)
        store(Cause.none, .cause)
        store(Int64(capacity), .attemptCount)
        write(Self.bootID, at: Field.bootID.rawValue * 8, limit: 64)
        store(Self.magic, .magic)
    }

    deinit {
        let cause = base.advanced(by: Field.cause.rawValue * 8)
        if causeOfDeath.map(UnsafeMutableRawPointer.init) == cause { causeOfDeath = nil }
        munmap(base, size)
    }

    /// A new file, all zeros, and mapped.
    private static func map(_ path: String, size: Int) -> UnsafeMutableRawPointer? {
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // Room for it has to be there: a store to a page that the disk has no room for is fatal.
        guard posix_fallocate(file, 0, off_t(size)) == 0,
            let base = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0),
            base != MAP_FAILED
        else { return nil }
        return base
    }

    private func store(_ value: Int64, _ field: Field) {
        base.storeBytes(of: value, toByteOffset: field.rawValue * 8, as: Int64.self)
    }

    private func write(_ text: String, at offset: Int, limit: Int) {
        for (place, byte) in text.utf8.prefix(limit).enumerated() {
            base.storeBytes(of: byte, toByteOffset: offset + place, as: UInt8.self)
        }
    }

    // MARK: What happens

    /// From now on attempts are those of this journal.
    func serves(_ journalID: String) {
        // What is still on its way out is of the one before.
        if journalID != self.journalID {
            for place in 0..<used { note(Self.nothing, at: place) }
            free.removeAll()
            used = 0
            journals += 1
        }
        self.journalID = journalID
        memset(base + Field.journalID.rawValue * 8, 0, Self.journalIDBytes)
        write(journalID, at: Field.journalID.rawValue * 8, limit: Self.journalIDBytes)
    }

    /// - Returns: what to say `ended` with; `nil` when there was no room.
    @discardableResult
    func began(_ attempt: AttemptReference) -> Note? {
        guard let place = free.popLast() ?? fresh() else { return nil }
        note(attempt, at: place)
        return Note(place: place, journals: journals)
    }

    private func fresh() -> Int? {
        guard used < capacity else { return nil }
        used += 1
        return used - 1
    }

    /// Said once for each note.
    func ended(_ ended: Note) {
        guard ended.journals == journals else { return }
        free.append(ended.place)
        note(Self.nothing, at: ended.place)
    }

    private static let nothing = AttemptReference(session: 0, task: 0, attempt: 0)

    private func note(_ attempt: AttemptReference, at place: Int) {
        let offset = Self.headerBytes + place * Self.attemptBytes
        base.storeBytes(of: attempt.session, toByteOffset: offset, as: Int64.self)
        base.storeBytes(of: attempt.task, toByteOffset: offset + 8, as: Int32.self)
        base.storeBytes(of: attempt.attempt, toByteOffset: offset + 12, as: Int32.self)
    }

    /// Nothing of this process need be told.
    func left() { store(Cause.left, .cause) }

    /// A coordinator has heard of the process before this one.
    func forgetUntold() { unlink(directory + "/running.untold") }

    /// Notes what an agent logs. Called from any thread.
    func log(_ text: String, of attempt: AttemptReference?) {
        let limit = WorkerDeath.LogLine.maximumBytes
        lineCount.withLock { count in
            count += 1
            let lines = base + Self.headerBytes + capacity * Self.attemptBytes
            let line = lines + Int(count % Int64(Self.lines)) * Self.lineBytes
            let bytes = Array(text.utf8.prefix(limit))
            line.storeBytes(of: 0, as: Int64.self)
            line.storeBytes(of: attempt?.session ?? 0, toByteOffset: 8, as: Int64.self)
            line.storeBytes(of: attempt?.task ?? 0, toByteOffset: 16, as: Int32.self)
            line.storeBytes(of: attempt?.attempt ?? 0, toByteOffset: 20, as: Int32.self)
            line.storeBytes(of: Int32(bytes.count), toByteOffset: 24, as: Int32.self)
            bytes.withUnsafeBytes { from in
                if let start = from.baseAddress {
                    (line + Self.lineHeaderBytes).copyMemory(from: start, byteCount: from.count)
                }
            }
            line.storeBytes(of: count, as: Int64.self)
        }
    }
}

// MARK: - How it ends

/// Where a handler writes what ends the process; nothing else may be done there. Set once.
nonisolated(unsafe) private var causeOfDeath: UnsafeMutablePointer<Int64>?
/// The handlers before ours, by signal.
nonisolated(unsafe) private var earlierHandlers: UnsafeMutablePointer<sigaction>?

extension BlackBox {
    /// The signals of faults. SIGKILL cannot be caught, and others do not end a worker.
    private static let faults = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV]

    /// From now on a fault of this process, or a call of `exit`, is written down. Of several workers in
    /// one process the first does so.
    func watchProcess() {
        guard causeOfDeath == nil, earlierHandlers == nil else { return }
        let handlers = UnsafeMutablePointer<sigaction>.allocate(capacity: 32)
        handlers.initialize(repeating: sigaction(), count: 32)
        earlierHandlers = handlers
        causeOfDeath = base.advanced(by: Field.cause.rawValue * 8)
            .assumingMemoryBound(to: Int64.self)
        for signal in Self.faults {
            var action = sigaction()
            action.__sigaction_handler.sa_handler = { number in
                causeOfDeath?.pointee = Int64(number)
                // Whoever was to handle it before does so now: the fault happens again, and who
                // calls abort raises the signal once more.
                if let earlierHandlers {
                    sigaction(number, earlierHandlers + Int(number), nil)
                }
            }
            action.sa_flags = SA_ONSTACK
            sigaction(signal, &action, handlers + Int(signal))
        }
        #if canImport(Glibc)
            on_exit(
                { status, _ in
                    guard let cause = causeOfDeath, cause.pointee == Cause.none else { return }
                    cause.pointee = Cause.exited - Int64(status)
                }, nil)
        #endif
    }
}

// MARK: - Reading

extension BlackBox {
    /// What a process was doing when it died. The inner `nil` when there is nothing to tell: it left in
    /// good order, executed nothing, or went down with its machine; the outer when the file says nothing
    /// that can be read.
    private static func read(_ path: String) -> WorkerDeath?? {
        guard let bytes = contents(of: path), bytes.count >= headerBytes else { return nil }
        func word(_ offset: Int) -> Int64 {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int64.self) }
        }
        func half(_ offset: Int) -> Int32 {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Int32.self) }
        }
        func text(_ offset: Int, _ limit: Int) -> String {
            String(decoding: bytes[offset..<offset + limit].prefix { $0 != 0 }, as: UTF8.self)
        }
        func reference(_ offset: Int) -> AttemptReference? {
            let attempt = AttemptReference(
                session: word(offset), task: half(offset + 8), attempt: half(offset + 12))
            return attempt.session > 0 && attempt.task >= 0 && attempt.attempt > 0 ? attempt : nil
        }
        let count = word(Field.attemptCount.rawValue * 8)
        let cause = word(Field.cause.rawValue * 8)
        guard word(0) == magic, (1...Int64(mostAttempts)).contains(count),
            bytes.count == headerBytes + Int(count) * attemptBytes + lines * lineBytes
        else { return nil }
        let attempts = (0..<Int(count)).compactMap { reference(headerBytes + $0 * attemptBytes) }
        guard cause != Cause.left, text(Field.bootID.rawValue * 8, 64) == bootID, !attempts.isEmpty
        else { return .some(nil) }
        var log: [(number: Int64, line: WorkerDeath.LogLine)] = []
        for place in 0..<lines {
            let offset = headerBytes + Int(count) * attemptBytes + place * lineBytes
            let length = Int(half(offset + 24))
            guard word(offset) > 0, (0...WorkerDeath.LogLine.maximumBytes).contains(length) else {
                continue
            }
            let start = offset + lineHeaderBytes
            // Whole: a replaced half character may take more room than there was.
            let text = String(
                String.UnicodeScalarView(
                    String(decoding: bytes[start..<start + length], as: UTF8.self)
                        .unicodeScalars.filter { $0 != "\u{FFFD}" }))
            log.append(
                (word(offset), WorkerDeath.LogLine(attempt: reference(offset + 8), text: text)))
        }
        return WorkerDeath(
            journalID: text(Field.journalID.rawValue * 8, journalIDBytes),
            incarnation: max(0, word(Field.incarnation.rawValue * 8)), cause: described(cause),
            attempts: attempts, log: log.sorted { $0.number < $1.number }.map(\.line))
    }

    private static func described(_ cause: Int64) -> WorkerDeath.Cause {
        if cause > 0, let signal = Int32(exactly: cause) { return .signal(signal) }
        guard cause <= Cause.exited, let status = Int32(exactly: Cause.exited - cause) else {
            return .unknown
        }
        return .exit(status: status & 0xFF)
    }

    private static func contents(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var facts = stat()
        let most = headerBytes + mostAttempts * attemptBytes + lines * lineBytes
        guard fstat(file, &facts) == 0, facts.st_size >= 0, facts.st_size <= most else {
            return nil
        }
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes {
                pread(file, $0.baseAddress.map { $0 + count }, $0.count - count, off_t(count))
            }
            guard got > 0 else { return nil }
            count += got
        }
        return bytes
    }

    /// Another one each time the machine starts; empty where nobody tells.
    private static var bootID: String {
        guard let file = fopen("/proc/sys/kernel/random/boot_id", "r") else { return "" }
        defer { fclose(file) }
        var bytes = [CChar](repeating: 0, count: 64)
        guard fgets(&bytes, 63, file) != nil else { return "" }
        return bytes.withUnsafeBytes {
            String(decoding: $0.prefix { $0 != 0 && $0 != 10 }, as: UTF8.self)
        }
    }
}

/// Logs as before, and notes each line for whoever asks what was logged last.
struct RecordingLogHandler: LogHandler {
    private var base: any LogHandler
    private let box: BlackBox
    private let attempt: AttemptReference

    init(_ base: any LogHandler, _ box: BlackBox, _ attempt: AttemptReference) {
        self.base = base
        self.box = box
        self.attempt = attempt
    }

    /// What is noted goes further than what is shown: of a death, all that was said is of interest.
    var logLevel: Logger.Level {
        get { min(base.logLevel, .info) }
        set { base.logLevel = newValue }
    }

    var metadata: Logger.Metadata {
        get { base.metadata }
        set { base.metadata = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { base[metadataKey: key] }
        set { base[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) {
        box.log("\(event.level) \(event.message)", of: attempt)
        if event.level >= base.logLevel { base.log(event: event) }
    }
}
