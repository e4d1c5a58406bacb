// What a worker uses of its host, for its heartbeats. Read from the kernel's own tables on Linux;
// nothing is claimed elsewhere.

import ScrivenerModel

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

enum HostUsage {
    /// The load average of the last minute over the number of processors, in thousandths, at most
    /// 1,000; 0 where it is not known.
    static var processorLoadPermille: Int32 {
        var load = 0.0
        let processors = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        guard getloadavg(&load, 1) == 1, processors > 0, load.isFinite else { return 0 }
        return Int32(min(1_000, max(0, load * 1_000 / Double(processors))))
    }

    /// Of this process; 0 where it is not known.
    static var residentBytes: Int64 {
        let fields = text("/proc/self/statm").split(separator: " ")
        guard fields.count > 1, let pages = Int64(fields[1]) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// What the worker may use, in MiB: the host's memory, or its container's limit where that is
    /// less; `nil` where it is not known.
    static var memoryMebibytes: Int64? {
        let pages = Int64(sysconf(Int32(_SC_PHYS_PAGES)))
        let size = Int64(sysconf(Int32(_SC_PAGESIZE)))
        guard pages > 0, size > 0 else { return nil }
        let host = pages * (size / 1_024) / 1_024
        return containerLimits.map { $0 / 1_048_576 }.reduce(host, min)
    }

    /// The limits of the control group, in its two versions. Without a limit the first says `max` and
    /// the second a number beyond any memory.
    private static var containerLimits: [Int64] {
        ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
            .compactMap { Int64(text($0).prefix { $0.isNumber }) }
    }

    private static func text(_ path: String) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return "" }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : ""
    }
}
