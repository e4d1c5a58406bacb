// A journal must not lie on a network file system. Locks there are often advice to nobody, fsync
// may mean "sent", and the bytes may be another client's: SQLite's own documentation ("How To
// Corrupt An SQLite Database File", 2.1) warns of it. So the kind of file system is looked up
// before anything is opened, and the known ones are refused by name.
//
// On Linux the kernel's list of mounts (proc_pid_mountinfo(5)) is asked and not `statfs`, because
// it tells a local file system behind FUSE from a remote one.

internal import ScrivenerModel

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

enum FileSystemKind {
    /// Kinds that reach a disk of another machine, or one that other machines write too.
    private static let remote: Set<String> = [
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "ceph", "lustre", "gpfs", "afs",
        "coda", "beegfs", "glusterfs", "ocfs2", "gfs2", "virtiofs", "vboxsf", "prl_fs",
        "fakeowner",
    ]
    /// What stands behind FUSE cannot be known in general; these are known to be local.
    private static let localFUSE: Set<String> = ["fuseblk", "fuse.fuse-overlayfs"]

    static func isRefused(_ kind: String) -> Bool {
        remote.contains(kind) || (kind.hasPrefix("fuse") && !localFUSE.contains(kind))
    }

    /// The kind of file system that `path` lies on, from the text of `/proc/self/mountinfo`.
    ///
    /// - Parameter path: Absolute, with no symbolic links in it.
    static func kind(of path: String, mounts: String) -> String? {
        var found: (pointLength: Int, kind: String)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 5, let dash = fields[5...].firstIndex(of: "-"),
                dash + 1 < fields.count
            else { continue }
            let point = unescaped(fields[4])
            let prefix = point == "/" ? point : point + "/"
            guard path == point || path.hasPrefix(prefix) else { continue }
            // Of two mounts in one place the later one hides the earlier.
            if point.utf8.count >= found?.pointLength ?? 0 {
                found = (point.utf8.count, String(fields[dash + 1]))
            }
        }
        return found?.kind
    }

    /// The kernel writes white space and backslashes in mount points as `\` and three octal digits.
    private static func unescaped(_ field: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = field.utf8[...]
        while let next = rest.popFirst() {
            let digits = rest.prefix(3)
            if next == UInt8(ascii: "\\"), digits.count == 3,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(next)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JournalDirectory {
    /// Refuses a directory on a network file system. Where the system does not say what kind it
    /// is, the directory is taken.
    static func checkFileSystem(_ path: String) throws(ScrivenerError) {
        #if os(Linux)
            guard let mounts = contents("/proc/self/mountinfo"), let absolute = absolute(path),
                let kind = FileSystemKind.kind(of: absolute, mounts: mounts),
                FileSystemKind.isRefused(kind)
            else { return }
            throw onNetwork(path, kind)
        #else
            var facts = statfs()
            guard statfs(path, &facts) == 0 else { throw unwritable(path, errno) }
            guard Int32(bitPattern: facts.f_flags) & MNT_LOCAL != 0 else {
                throw onNetwork(path, "network")
            }
        #endif
    }

    private static func onNetwork(_ path: String, _ kind: String) -> ScrivenerError {
        ScrivenerError(
            .journalOnNetworkFileSystem,
            "\(path) lies on a file system of kind \(kind), where locks and fsync cannot be "
                + "relied on: give the journal a directory on a local disk")
    }

    private static func absolute(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The text of a file of the kernel's, which has no size before it is read.
    private static func contents(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count > 0 else { break }
            text.append(contentsOf: chunk[..<count])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
