// What `scrivener doctor` finds, one thing at a time, and how grave each measured value is. Judging is
// apart from measuring: what follows from a value can be read here.

import ScrivenerModel

/// One thing that was looked at.
struct HealthCheck: Sendable, Equatable, Encodable {
    enum Verdict: String, Sendable, Encodable {
        case ok
        /// It works, and may not for long.
        case warn
        /// It does not work.
        case fail
    }

    var name: String
    var verdict: Verdict
    /// What was found, with the limit where that matters.
    var found: String
    /// What to do about it; absent where there is nothing.
    var advice: String?

    init(_ name: String, _ verdict: Verdict, _ found: String, advice: String? = nil) {
        self.name = name
        self.verdict = verdict
        self.found = found
        self.advice = verdict == .ok ? nil : advice
    }
}

/// The limits of what is in order.
extension HealthCheck {
    static let skewWarning = 2.0
    static let skewFailure = 60.0
    static let filesWarning: UInt64 = 8_192
    static let filesFailure: UInt64 = 256
    static let spaceWarning: Int64 = 2 << 30
    static let spaceFailure: Int64 = 128 << 20
    static let syncWarning = 0.020
    static let syncFailure = 0.500
    static let oldestZeroMQ = (major: 4, minor: 3)

    /// - Parameter seconds: how far the coordinator's clock is ahead.
    static func clockSkew(_ seconds: Double) -> HealthCheck {
        let size = abs(seconds)
        let verdict: Verdict =
            size >= skewFailure ? .fail : size >= skewWarning ? .warn : .ok
        // A `Date` header knows no fractions of a second.
        let found =
            size < skewWarning
            ? "less than \(Readable.seconds(skewWarning))"
            : "the coordinator's is \(Readable.seconds(size)) "
                + (seconds > 0 ? "ahead" : "behind")
        return HealthCheck(
            "clock", verdict, found,
            advice:
                "Keep both clocks with NTP (timedatectl set-ntp true): times that are shown and "
                + "retention go by them; leases do not.")
    }

    static func openFiles(soft: UInt64, hard: UInt64) -> HealthCheck {
        let verdict: Verdict =
            hard < filesFailure ? .fail : hard < filesWarning ? .warn : .ok
        return HealthCheck(
            "open_files", verdict, "at most \(hard) (now \(soft)); \(filesWarning) are advised",
            advice:
                "Raise the hard limit (LimitNOFILE= of systemd, or ulimit -Hn): each worker and "
                + "each HTTP connection is an open file.")
    }

    static func diskSpace(free: Int64, of folder: String) -> HealthCheck {
        let verdict: Verdict =
            free < spaceFailure ? .fail : free < spaceWarning ? .warn : .ok
        return HealthCheck(
            "disk_space", verdict, "\(Readable.bytes(free)) free for \(folder)",
            advice: "Make room, or have fewer ended sessions kept (--keep-sessions): without room "
                + "nothing is accepted.")
    }

    static func sync(median: Double, of folder: String) -> HealthCheck {
        let verdict: Verdict =
            median >= syncFailure ? .fail : median >= syncWarning ? .warn : .ok
        return HealthCheck(
            "fsync", verdict, "\(Readable.briefly(median)) in \(folder)",
            advice: "Put the journal on a disk that syncs faster: each commit waits for one.")
    }

    static func zeroMQ(_ version: (major: Int, minor: Int, patch: Int)) -> HealthCheck {
        let isOld =
            (version.major, version.minor) < (oldestZeroMQ.major, oldestZeroMQ.minor)
        return HealthCheck(
            "libzmq", isOld ? .fail : .ok, "\(version.major).\(version.minor).\(version.patch)",
            advice: "Install libzmq \(oldestZeroMQ.major).\(oldestZeroMQ.minor) or later.")
    }

    static func version(coordinator: String?, own: String) -> HealthCheck {
        guard let coordinator else {
            return HealthCheck(
                "version", .warn, "the coordinator does not say its own; ours is \(own)",
                advice: "Is it an older coordinator, or a proxy?")
        }
        return HealthCheck(
            "version", coordinator == own ? .ok : .warn,
            coordinator == own ? own : "the coordinator's is \(coordinator), ours is \(own)",
            advice: "Use the same version of both: fields may have been added.")
    }

    static func workers(_ workers: [WorkerRecord], own: String) -> HealthCheck {
        let connected = workers.filter { $0.state == "connected" }
        let troubled = workers.filter { ["suspect", "awaited", "lost"].contains($0.state) }
        let others = connected.filter { $0.softwareVersion != own }
        var found = "\(connected.count) connected"
        if !troubled.isEmpty {
            found +=
                ", "
                + troubled.prefix(5).map { "\($0.workerID) \($0.state)" }
                .joined(separator: ", ")
        }
        if !others.isEmpty {
            found +=
                ", of other versions: "
                + others.prefix(5).map { "\($0.workerID) \($0.softwareVersion)" }
                .joined(separator: ", ")
        }
        let isWell = !connected.isEmpty && troubled.isEmpty && others.isEmpty
        return HealthCheck(
            "workers", isWell ? .ok : .warn, found,
            advice: connected.isEmpty
                ? "Start one: scrivener-worker --id NAME --coordinator ENDPOINT"
                : "Look at them: scrivener worker list")
    }
}
