// Who listens on a port, as far as /proc tells: the socket's inode from the kernel's table, and the
// process that has that socket open. Best effort; other users' processes are not visible.

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A process that listens on a port.
struct PortOwner: Sendable, Equatable {
    var processID: Int
    var name: String

    var described: String { "\(name) (process \(processID))" }

    static func find(port: Int) -> PortOwner? {
        let inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { path in
            listeningInodes(port: port, table: contents(of: path))
        }
        guard !inodes.isEmpty else { return nil }
        let sockets = Set(inodes.map { "socket:[\($0)]" })
        for processID in entries(of: "/proc").compactMap({ Int($0) }) {
            let directory = "/proc/\(processID)/fd"
            let holds = entries(of: directory).contains {
                link("\(directory)/\($0)").map(sockets.contains) ?? false
            }
            guard holds else { continue }
            let name = contents(of: "/proc/\(processID)/comm")
            return PortOwner(
                processID: processID, name: TerminalText.cleaned(name.filter { $0 != "\n" }))
        }
        return nil
    }

    /// The inodes of the sockets that listen on the port, out of a table in the form of
    /// /proc/net/tcp: the second column ends in the port, the fourth is the state, the tenth the
    /// inode. Pure.
    static func listeningInodes(port: Int, table: String) -> [String] {
        let digits = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return table.split(separator: "\n").dropFirst().compactMap { row in
            let columns = row.split(separator: " ")
            guard columns.count > 9, columns[1].hasSuffix(suffix), columns[3] == "0A" else {
                return nil
            }
            return String(columns[9])
        }
    }

    private static func contents(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while bytes.count < 16 << 20 {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func entries(of path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.append(name)
        }
        return names
    }

    static func link(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            return readlink(path, start.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard count > 0, count < buffer.count else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }
}
