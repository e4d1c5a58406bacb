// Files that are either there whole or not there: written beside their place, then renamed.

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Writing files and making directories.
enum AtomicFile {
    /// Makes a directory and those above it.
    ///
    /// - Throws: `CommandFailure`.
    static func makeDirectory(_ path: String) throws {
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
            guard mkdir(made, 0o777) != 0, errno != EEXIST else { continue }
            throw CommandFailure(
                "directory \(made) cannot be made: \(SystemError.text(errno))")
        }
        guard access(path, W_OK | X_OK) == 0 else {
            throw CommandFailure("cannot write into \(path): \(SystemError.text(errno))")
        }
    }

    /// Whether there is something of that name, be it a link that leads nowhere.
    static func exists(_ path: String) -> Bool {
        var target: CChar = 0
        return access(path, F_OK) == 0 || readlink(path, &target, 1) >= 0
    }

    /// The path from the root, without links; the path itself where there is nothing.
    static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Writes a file; readers see its old contents or its new ones, never a part.
    ///
    /// - Throws: `CommandFailure`.
    static func write(_ bytes: [UInt8], to path: String) throws {
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw unwritable(path, errno) }
        var problem = FileWriter.write(bytes, to: descriptor)
        if problem == 0, fsync(descriptor) != 0 { problem = errno }
        if close(descriptor) != 0, problem == 0 { problem = errno }
        if problem == 0, rename(temporary, path) != 0 { problem = errno }
        guard problem != 0 else { return }
        unlink(temporary)
        throw unwritable(path, problem)
    }

    private static func unwritable(_ path: String, _ code: Int32) -> CommandFailure {
        CommandFailure("\(path) cannot be written: \(SystemError.text(code))")
    }
}
