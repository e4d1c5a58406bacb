// Secrets come from files, or from descriptors that whoever started the process has opened: never from
// arguments or the environment, which other processes can read. Who may read a file is checked on the open
// file, so that nobody can change it in between, by the rule of PostgreSQL's server keys: its owner alone; of
// a file that belongs to root, as the secrets of systemd and Kubernetes do, also its group.

package import ScrivenerModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reading and writing files that nobody else may read.
package enum SecretFile {
    /// Reads a secret as a whole.
    ///
    /// - Parameter path: of a file; or `fd:N`, a descriptor that is open, which is read to its end and then
    ///   closed.
    /// - Throws: `ScrivenerError` of code `configuration_invalid` when it cannot be read, is larger, or can be
    ///   read by others than it should.
    package static func read(
        _ path: String, maximumBytes: Int
    ) throws(ScrivenerError) -> [UInt8] {
        let descriptor: CInt
        if let inherited = try inheritedDescriptor(path) {
            descriptor = inherited
        } else {
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw unreadable(path, errno) }
        }
        defer { close(descriptor) }
        if !path.hasPrefix(descriptorPrefix) { try checkReaders(of: descriptor, path) }
        return try readAll(descriptor, path, maximumBytes)
    }

    /// Writes a secret so that it is there whole or not at all, on disk when the call returns, and only its
    /// owner can read it. What replaces a file belongs to the file's owner, where the process may do that.
    ///
    /// - Throws: `ScrivenerError` of code `configuration_invalid` when it cannot be written, or is there
    ///   already and is not to be replaced.
    package static func write(
        _ bytes: [UInt8], to path: String, replacing: Bool = false
    ) throws(ScrivenerError) {
        // Its mode is 0600 from the beginning (POSIX, mkstemp).
        var draft = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&draft)
        guard descriptor >= 0 else { throw unwritable(path, errno) }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var problem = writeAll(bytes, to: descriptor)
        if replacing { keepOwner(of: path, on: descriptor) }
        if problem == 0, fsync(descriptor) != 0 { problem = errno }
        if close(descriptor) != 0, problem == 0 { problem = errno }
        if problem == 0 { problem = place(draft, at: path, replacing: replacing) }
        guard problem == 0 else {
            unlink(draft)
            throw unwritable(path, problem)
        }
        syncDirectory(of: path)
    }

    // MARK: Reading

    private static let descriptorPrefix = "fd:"

    private static func inheritedDescriptor(_ path: String) throws(ScrivenerError) -> CInt? {
        guard path.hasPrefix(descriptorPrefix) else { return nil }
        guard let number = CInt(path.dropFirst(descriptorPrefix.count)), number >= 0 else {
            throw error(path, "must be fd: and the number of a descriptor that is open")
        }
        return number
    }

    private static func checkReaders(of descriptor: CInt, _ path: String) throws(ScrivenerError) {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw unreadable(path, errno) }
        let user = geteuid()
        guard facts.st_uid == user || facts.st_uid == 0 || user == 0 else {
            throw error(
                path, "belongs to another user; it must be this process's or root's",
                limit: "user \(user) or 0", actual: "user \(facts.st_uid)")
        }
        let mode = UInt32(facts.st_mode) & 0o777
        let forbidden: UInt32 = facts.st_uid == 0 && user != 0 ? 0o037 : 0o077
        guard mode & forbidden == 0 else {
            throw error(
                path, "can be used by others than its owner; chmod 600 \(path) mends it",
                limit: "mode 0600", actual: "mode 0" + String(mode, radix: 8))
        }
    }

    private static func readAll(
        _ descriptor: CInt, _ path: String, _ maximumBytes: Int
    ) throws(ScrivenerError) -> [UInt8] {
        // One more, to see whether there is more.
        var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
        var count = 0
        while count < bytes.count {
            let got = bytes.withUnsafeMutableBytes { buffer in
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[count...])
                return systemRead(descriptor, rest)
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw unreadable(path, errno) }
            guard got > 0 else { return Array(bytes[..<count]) }
            count += got
        }
        throw error(
            path, "is too large", limit: "\(maximumBytes) bytes", actual: "more than that")
    }

    private static func systemRead(
        _ descriptor: CInt, _ buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.read(descriptor, buffer.baseAddress, buffer.count)
        #else
            Darwin.read(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    // MARK: Writing

    /// - Returns: 0, or an `errno`.
    private static func writeAll(_ bytes: [UInt8], to descriptor: CInt) -> CInt {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                systemWrite(descriptor, UnsafeRawBufferPointer(rebasing: buffer[written...]))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return errno }
            written += count
        }
        return 0
    }

    private static func systemWrite(
        _ descriptor: CInt, _ buffer: UnsafeRawBufferPointer
    ) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
            Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    /// When root changes what another user's process reads, that process must be able to read it still.
    private static func keepOwner(of path: String, on descriptor: CInt) {
        var facts = stat()
        guard stat(path, &facts) == 0, facts.st_uid != geteuid() else { return }
        _ = fchown(descriptor, facts.st_uid, facts.st_gid)
    }

    /// - Returns: 0, or an `errno`: `EEXIST` where there is a file that is not to be replaced.
    private static func place(_ draft: [CChar], at path: String, replacing: Bool) -> CInt {
        guard !replacing else { return rename(draft, path) == 0 ? 0 : errno }
        guard link(draft, path) == 0 else { return errno }
        unlink(draft)
        return 0
    }

    /// What is not on disk yet is its name.
    private static func syncDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "."
        let descriptor = open(String(directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    // MARK: Errors

    private static func unreadable(_ path: String, _ code: CInt) -> ScrivenerError {
        error(path, "cannot be read: \(String(cString: strerror(code)))")
    }

    private static func unwritable(_ path: String, _ code: CInt) -> ScrivenerError {
        guard code != EEXIST else { return error(path, "is there already, and is not replaced") }
        return error(path, "cannot be written: \(String(cString: strerror(code)))")
    }

    private static func error(
        _ path: String, _ message: String, limit: String? = nil, actual: String? = nil
    ) -> ScrivenerError {
        ScrivenerError(
            .configurationInvalid, "\(path) \(message)",
            mistakes: [
                Mistake(
                    .configurationInvalid, at: path, message, limit: limit, actual: actual)
            ])
    }
}
