// Which processes of a session still live.
//
// `kill` with signal 0 does not tell: a process that has ended and was not waited for counts for it, and
// the child of a run is kept in that state until its session has been looked after, so that its number
// stays taken. So the kernel's table is read.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

enum ProcessTable {
    /// The process groups of the session that have a living process.
    static func groups(inSession session: pid_t) -> Set<pid_t> {
        #if canImport(Darwin)
            // There, ended processes do not count.
            return kill(-session, 0) == 0 ? [session] : []
        #else
            // `nil`: nobody says, so the number itself has to do.
            guard let processes = numbers else {
                return kill(-session, 0) == 0 ? [session] : []
            }
            let living = processes.lazy.compactMap { Entry(processID: $0) }.filter {
                $0.isAlive && $0.session == session
            }
            return Set(living.map(\.group))
        #endif
    }

    /// Every process that can be seen; none where nobody says.
    static var all: [Entry] {
        #if canImport(Darwin)
            return []
        #else
            return (numbers ?? []).compactMap { Entry(processID: $0) }
        #endif
    }

    /// What one process has used, and those of its children that it has waited for; also when it has ended and
    /// nobody has waited for it.
    static func processorTime(of process: pid_t) -> Duration {
        #if canImport(Darwin)
            return .zero
        #else
            return Entry(processID: process)?.processorTime ?? .zero
        #endif
    }

    /// What `/proc/<id>/stat` says: see proc(5).
    struct Entry: Sendable {
        var processID: pid_t
        var isAlive: Bool
        var group: pid_t
        var session: pid_t
        var memoryBytes: Int
        /// With that of children that it has waited for.
        var processorTime: Duration
    }

    #if !canImport(Darwin)
        private static var numbers: [pid_t]? {
            guard let folder = opendir("/proc") else { return nil }
            defer { closedir(folder) }
            var found: [pid_t] = []
            while let entry = readdir(folder) {
                let number = withUnsafeBytes(of: &entry.pointee.d_name) { name in
                    pid_t(String(decoding: name.prefix { $0 != 0 }, as: UTF8.self))
                }
                if let number { found.append(number) }
            }
            return found
        }
    #endif
}

#if !canImport(Darwin)
    extension ProcessTable.Entry {
        /// `nil` when the process is gone.
        init?(processID: pid_t) {
            // The name of the program, in parentheses, may hold anything.
            guard let text = KernelFile.text("/proc/\(processID)/stat"),
                let end = text.lastIndex(of: ")")
            else { return nil }
            let fields = text[text.index(after: end)...].split(separator: " ")
            guard fields.count > 21, let group = pid_t(fields[2]),
                let session = pid_t(fields[3]), let threads = Int(fields[17]),
                let pages = Int(fields[21])
            else { return nil }
            self.processID = processID
            // A process whose first thread has ended looks dead while others go on.
            isAlive = !["Z", "X"].contains(fields[0]) || threads > 1
            self.group = group
            self.session = session
            memoryBytes = max(0, pages) * Self.pageBytes
            // Its own in user and in system mode, and both of its children.
            let ticks = fields[11...14].reduce(0) { $0 + (Int64($1) ?? 0) }
            processorTime = .seconds(Double(ticks) / Self.ticksPerSecond)
        }

        private static let pageBytes = sysconf(Int32(_SC_PAGESIZE))
        private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    }
#endif

/// Files by which the kernel is asked and told.
enum KernelFile {
    static func text(_ path: String) -> String? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = read(file, &chunk, chunk.count)
            guard count >= 0 else { return nil }
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text.append(contentsOf: chunk[..<count])
        }
    }

    /// - Returns: whether the kernel took it.
    static func put(_ text: String, into path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        var text = text
        return text.withUTF8 { write(file, $0.baseAddress, $0.count) == $0.count }
    }
}
