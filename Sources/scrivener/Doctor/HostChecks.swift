// What `scrivener doctor` measures on this host.

import ScrivenerShell
import ZeroMQ

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

struct HostChecks {
    /// How often a block is written and synced; the median counts.
    private static let syncs = 15

    /// The data directory, or where it would be made.
    let folder: String
    /// Whether a coordinator is expected on this host.
    let ports: [(option: String, port: Int)]

    func run(coordinatorIsHere: Bool) -> [HealthCheck] {
        ports.map { port(of: $0, isExpected: coordinatorIsHere) }
            + [openFiles()] + disk() + [.zeroMQ(ZeroMQLibrary.version)]
    }

    private func port(
        of wanted: (option: String, port: Int), isExpected: Bool
    ) -> HealthCheck {
        let name = "port_\(wanted.port)"
        guard Ports.isTaken(wanted.port) else {
            return HealthCheck(
                name, isExpected ? .warn : .ok, "free on 127.0.0.1",
                advice: "A coordinator answers, and this port is not its: see \(wanted.option).")
        }
        let owner = PortOwner.find(port: wanted.port)
        let holder = owner?.described ?? "another process"
        // Names of processes are cut to 15 characters.
        let isOurs = owner?.name.hasPrefix("scrivener-coord") == true
        return HealthCheck(
            name, isExpected || isOurs ? .ok : .warn, "\(holder) has it",
            advice: "Stop it, or start the coordinator with another \(wanted.option).")
    }

    private func openFiles() -> HealthCheck {
        guard let limits = OpenFiles.limits else {
            return HealthCheck("open_files", .warn, SystemError.text(errno))
        }
        return .openFiles(soft: limits.soft, hard: limits.hard)
    }

    // MARK: The data directory

    private func disk() -> [HealthCheck] {
        let place = Self.existing(folder)
        var statistics = statvfs()
        guard statvfs(place, &statistics) == 0 else {
            return [
                HealthCheck(
                    "disk_space", .fail, "\(place): \(SystemError.text(errno))",
                    advice: "Name the coordinator's data directory with --data.")
            ]
        }
        let free = Int64(clamping: statistics.f_bavail).multipliedReportingOverflow(
            by: Int64(clamping: statistics.f_frsize))
        let space = HealthCheck.diskSpace(free: free.overflow ? .max : free.partialValue, of: place)
        return [space, sync(in: place)]
    }

    private func sync(in place: String) -> HealthCheck {
        let path = "\(place)/.scrivener-doctor-\(getpid())"
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return HealthCheck(
                "fsync", .fail, "\(place) cannot be written: \(SystemError.text(errno))",
                advice: "Give the folder to the user that the coordinator runs as.")
        }
        defer {
            close(descriptor)
            unlink(path)
        }
        let block = [UInt8](repeating: 0x5A, count: 4_096)
        var times: [Duration] = []
        for _ in 0..<Self.syncs {
            let start = ContinuousClock.now
            let problem = FileWriter.write(block, to: descriptor)
            guard problem == 0, fsync(descriptor) == 0 else {
                return HealthCheck(
                    "fsync", .fail, SystemError.text(problem == 0 ? errno : problem),
                    advice: "The disk of \(place) does not take writes.")
            }
            times.append(ContinuousClock.now - start)
        }
        return .sync(median: times.sorted()[Self.syncs / 2] / .seconds(1), of: place)
    }

    /// The folder, or the nearest above it that is there.
    private static func existing(_ folder: String) -> String {
        var place = folder
        while access(place, F_OK) != 0 {
            guard let slash = place.lastIndex(of: "/") else { return "." }
            guard slash > place.startIndex else { return "/" }
            place = String(place[..<slash])
        }
        return place
    }
}
