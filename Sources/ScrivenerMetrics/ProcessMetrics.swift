// What a process uses of its host, under the names that Prometheus's own clients give it. Read
// from the kernel's tables on Linux; elsewhere nothing is claimed.

package import CoreMetrics
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The metrics of this process.
package final class ProcessMetrics: Sendable {
    package static let processorTime = MetricDefinition.counter(
        "process_cpu_seconds_total", "Processor time of the process, in user and system mode.")
    package static let residentBytes = MetricDefinition.gauge(
        "process_resident_memory_bytes", "Memory of the process that is resident.")
    package static let openFiles = MetricDefinition.gauge(
        "process_open_fds", "Files and sockets that the process has open.")
    package static let startTime = MetricDefinition.gauge(
        "process_start_time_seconds", "When the process started, in seconds since 1970.")
    package static let buildInfo = MetricDefinition.gauge(
        "scrivener_build_info", "1, with the version of the software as a label.",
        labels: ["version"])
    package static let definitions = [
        processorTime, residentBytes, openFiles, startTime, buildInfo,
    ]

    private let processorTime: FloatingPointCounter
    private let residentBytes: Meter
    private let openFiles: Meter
    /// How much of the processor time was published.
    private let published = Mutex(0.0)

    /// - Parameter version: of the software.
    package init(_ factory: any MetricsFactory, version: String) {
        processorTime = Self.processorTime.decimalCounter(factory)
        residentBytes = Self.residentBytes.meter(factory)
        openFiles = Self.openFiles.meter(factory)
        Self.buildInfo.meter(factory, [version]).set(1)
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        // The process was started no later than it got here, and shortly before.
        Self.startTime.meter(factory).set(Double(now.tv_sec) + Double(now.tv_nsec) / 1e9)
    }

    /// Looks at the process.
    package func update() {
        var usage = rusage()
        if getrusage(Self.own, &usage) == 0 {
            let seconds = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
            let news = published.withLock { published -> Double in
                defer { published = max(published, seconds) }
                return max(0, seconds - published)
            }
            processorTime.increment(by: news)
        }
        #if os(Linux)
            residentBytes.set(Self.residentPages * Int64(sysconf(Int32(_SC_PAGESIZE))))
            openFiles.set(Self.openFileCount)
        #endif
    }

    #if canImport(Glibc)
        private static let own = __rusage_who_t(RUSAGE_SELF.rawValue)
    #else
        private static let own = RUSAGE_SELF
    #endif

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }

    private static var residentPages: Int64 {
        let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(file, &bytes, bytes.count)
        let fields = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
            .split(separator: " ")
        return fields.count > 1 ? Int64(fields[1]) ?? 0 : 0
    }

    /// The one that is open to count them is none of them.
    private static var openFileCount: Int64 {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count: Int64 = -1
        while let entry = readdir(folder) {
            if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count
    }
}
