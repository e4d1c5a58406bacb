// Where indexes are kept, and how several processes share them. Whoever finds no index takes the
// lock of the directory, looks again, builds into a file of another name, syncs it and renames it:
// a file under its final name is whole (POSIX rename is atomic). The lock is `flock`, which the
// kernel drops with its holder, so that a killed builder blocks nobody.

import Foundation
import ScrivenerModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A directory of index files.
struct IndexDirectory: Sendable {
    /// The most recently built or used indexes are kept, older ones are removed.
    static let maximumIndexes = 16

    let path: String

    /// - Parameter path: `nil` for `agent-scrivener/indexes` in the cache directory of the XDG Base
    ///   Directory Specification.
    init(_ path: String?) {
        self.path = path ?? Self.standardPath(ProcessInfo.processInfo.environment)
    }

    /// `$XDG_CACHE_HOME` where it is absolute, as the specification demands, else `~/.cache`.
    static func standardPath(_ environment: [String: String]) -> String {
        let cache = environment["XDG_CACHE_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let home = environment["HOME"] ?? NSHomeDirectory()
        return (cache ?? home + "/.cache") + "/agent-scrivener/indexes"
    }

    /// The index of the corpus as it is now, built if need be. Blocks while it, or another process,
    /// builds one.
    ///
    /// - Throws: `AgentFailure` (`permanent`): `corpus_missing`, `corpus_empty`,
    ///   `corpus_too_large`, `index_unwritable`.
    func index(of folder: CorpusFolder) throws(AgentFailure) -> CorpusIndex {
        let files = try folder.files()
        guard !files.isEmpty else { throw CorpusIndexBuilder.empty(folder) }
        let fingerprint = Fingerprint.corpus(
            files, formatVersion: CorpusIndexBuilder.formatVersion)
        let final = path + "/" + fingerprint + ".sqlite"
        if let index = opened(final, fingerprint) { return index }
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            let lock = try FileLock(path + "/.lock")
            defer { lock.release() }
            if let index = opened(final, fingerprint) { return index }
            try build(files, of: folder, fingerprint, final)
            guard let index = opened(final, fingerprint) else {
                throw AgentFailure(
                    .permanent, code: "index_unwritable", message: "\(final): unreadable")
            }
            removeOldIndexes(keeping: final)
            return index
        } catch let failure as AgentFailure {
            throw failure
        } catch {
            throw AgentFailure(
                .permanent, code: "index_unwritable", message: "\(path): \(error)")
        }
    }

    /// The index in the file, if it is one, whole and of this corpus.
    private func opened(_ file: String, _ fingerprint: String) -> CorpusIndex? {
        guard access(file, R_OK) == 0,
            let index = try? CorpusIndex(path: file, fingerprint: fingerprint)
        else { return nil }
        // Its time of change says when it was last used.
        utimes(file, nil)
        return index
    }

    private func build(
        _ files: [CorpusFile], of folder: CorpusFolder, _ fingerprint: String, _ final: String
    ) throws {
        // With the lock held nobody else builds: what is unfinished was left by the dead.
        for name in names() where name.hasSuffix(Self.unfinished) { unlink(path + "/" + name) }
        let temporary = final + ".\(getpid())" + Self.unfinished
        defer { unlink(temporary) }
        try CorpusIndexBuilder.build(files, of: folder, fingerprint: fingerprint, at: temporary)
        try Self.sync(temporary)
        guard rename(temporary, final) == 0 else { throw SystemFailure(call: "rename") }
        try Self.sync(path)
    }

    private static let unfinished = ".unfinished"

    private func names() -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        return (names ?? []).sorted()
    }

    private static func sync(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFailure(call: "open") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw SystemFailure(call: "fsync") }
    }

    /// A process that has a removed file open keeps it until it closes it.
    private func removeOldIndexes(keeping final: String) {
        var indexes: [(path: String, used: Int)] = []
        for name in names() where name.hasSuffix(".sqlite") {
            var info = stat()
            let file = path + "/" + name
            guard file != final, stat(file, &info) == 0 else { continue }
            #if canImport(Glibc)
                indexes.append((file, Int(info.st_mtim.tv_sec)))
            #else
                indexes.append((file, Int(info.st_mtimespec.tv_sec)))
            #endif
        }
        indexes.sort { $0.used > $1.used }
        for index in indexes.dropFirst(Self.maximumIndexes - 1) { unlink(index.path) }
    }
}

/// A system call that failed.
struct SystemFailure: Error, CustomStringConvertible {
    let call: String
    let code = errno

    var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// An exclusive lock on a file, among processes and within one.
struct FileLock {
    private let descriptor: Int32

    /// Waits until the lock is free.
    init(_ path: String) throws {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure(call: "open") }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let failure = SystemFailure(call: "flock")
                close(descriptor)
                throw failure
            }
        }
    }

    /// Closing alone would leave it locked while a child process that is just being started has
    /// the file too, which it does until it is another program.
    func release() {
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
