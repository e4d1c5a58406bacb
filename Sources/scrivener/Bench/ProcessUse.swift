// What a process takes of the machine, as the kernel counts it.

import FoundationEssentials

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a process has taken so far.
struct ProcessUse: Sendable, Equatable {
    /// Seconds on processors, in its own code and in the kernel's, all threads together.
    var processorSeconds: Double
    /// The most memory that it has had at once, and what it has now, in bytes.
    var peakBytes: Int
    var residentBytes: Int

    /// `nil` where there is no such process, or the kernel does not say (proc(5)).
    init?(of process: pid_t) {
        guard let stat = Self.text("/proc/\(process)/stat"),
            let status = Self.text("/proc/\(process)/status"),
            let use = ProcessUse(
                stat: stat, status: status, ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
        else { return nil }
        self = use
    }

    /// - Parameters:
    ///   - stat: what `/proc/N/stat` says.
    ///   - status: what `/proc/N/status` says.
    init?(stat: String, status: String, ticksPerSecond: Int) {
        // The second field is the program's name in parentheses, which may hold anything.
        guard let name = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]),
            let peak = Self.kibibytes("VmHWM:", in: status),
            let resident = Self.kibibytes("VmRSS:", in: status)
        else { return nil }
        processorSeconds = Double(user + system) / Double(max(1, ticksPerSecond))
        peakBytes = peak << 10
        residentBytes = resident << 10
    }

    private static func kibibytes(_ name: String, in status: String) -> Int? {
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) }
        return line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap {
            Int($0)
        }
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
