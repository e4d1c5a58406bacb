// Folders in which attempts work, and that are gone when they have ended, however they have ended.
//
// What ends with an error or is cancelled is cleaned up by the one who called. What a worker leaves that was killed
// is cleaned up by the next on the host: all folders of a process lie in one, in which a locked file says that the
// process lives. The kernel gives the lock back when it does not.

import Foundation
package import Logging
package import ScrivenerModel
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension AgentContext {
    /// Gives a new, empty folder to `body`, and removes it with all that is in it when that has ended. Nobody but
    /// the worker's user has access to it.
    ///
    /// - Parameter body: gets the folder's path.
    /// - Throws: what `body` throws; `AgentFailure` of class `transient` when there is no folder to be had.
    public func withWorkingFolder<Value>(
        _ body: (String) async throws -> Value
    ) async throws -> Value {
        let folder = try WorkingFolder(logger: logger)
        defer { folder.remove() }
        return try await body(folder.path)
    }
}

/// A folder that its owner removes.
package struct WorkingFolder: Sendable {
    package let path: String
    private let logger: Logger

    package init(logger: Logger) throws(AgentFailure) {
        do {
            try self.init(at: WorkingFolderRoot.own() + "/" + UUID().uuidString, logger: logger)
        } catch {
            throw AgentFailure(
                .transient, code: "no_working_directory",
                message: "the folder of an attempt cannot be made: \(error)")
        }
    }

    private init(at path: String, logger: Logger) throws {
        self.path = path
        self.logger = logger
        // Whatever looks after old files may have removed those above it.
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
    }

    /// A folder within this one.
    package func folder(_ name: String) throws -> WorkingFolder {
        try WorkingFolder(at: path + "/" + name, logger: logger)
    }

    package func remove() {
        do {
            try Self.remove(path)
        } catch {
            logger.warning(
                "the folder of an attempt cannot be removed",
                metadata: ["folder": "\(path)", "error": "\(error)"])
        }
    }

    static func remove(_ path: String) throws {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            open(path)
            try FileManager.default.removeItem(atPath: path)
        }
    }

    /// Gives itself the rights to what lies there: a program may have taken them.
    private static func open(_ folder: String) {
        chmod(folder, 0o700)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = folder + "/" + name
            let type = try? FileManager.default.attributesOfItem(atPath: path)[.type]
            // Not by links, which lead elsewhere.
            if type as? FileAttributeType == .typeDirectory { open(path) }
        }
    }
}

enum WorkingFolderRoot {
    static let prefix = "scrivener-work-"
    private static let lockName = "/lock"
    private static let made = Mutex<String?>(nil)

    /// The folder of this process's folders, made when it is first asked for. What kept it from being made, such as a
    /// full disk, may be over when the next asks.
    static func own() throws -> String {
        try made.withLock { made in
            if let made { return made }
            let path = try make(in: FileManager.default.temporaryDirectory.path)
            made = path
            return path
        }
    }

    /// Makes a folder for this process and removes those of dead ones.
    static func make(in parent: String) throws -> String {
        removeLeft(in: parent)
        let path = parent + "/" + prefix + UUID().uuidString
        // Locked before it has its name: who sees it without a lock would take it for left.
        let hidden = parent + "/." + prefix + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: hidden, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        // Never closed: it is locked as long as the process lives.
        guard lock(hidden, creating: true) != nil, rename(hidden, path) == 0 else {
            throw AgentFailure(
                .transient, code: "no_working_directory",
                message: "\(path) cannot be locked: \(String(cString: strerror(errno)))")
        }
        return path
    }

    /// Removes what processes have left that live no more.
    static func removeLeft(in parent: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let path = parent + "/" + name
            guard isOwn(path), let descriptor = lock(path, creating: false) else { continue }
            try? WorkingFolder.remove(path)
            close(descriptor)
        }
    }

    /// Whether it is a folder of this user's. What another user has put there may be made to lead elsewhere while it
    /// is being removed.
    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
            && status.st_uid == geteuid()
    }

    /// - Returns: the descriptor, to which the lock belongs; `nil` when somebody else holds it.
    private static func lock(_ folder: String, creating: Bool) -> Int32? {
        let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (creating ? O_CREAT : 0)
        let descriptor = open(folder + lockName, flags, 0o600)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
