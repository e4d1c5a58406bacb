// Keeps a distance between requests to one host: services that are free for all ask for it, and pages are
// somebody's.

import ScrivenerModel
import Synchronization

/// Gives turns. One for all requests of an agent.
final class HostPacer: Sendable {
    /// Whoever would have to wait longer is to come again.
    static let longestWait = Duration.seconds(60)
    /// Hosts that are remembered; those whose time has come are forgotten first.
    private static let maximumHosts = 1_024

    private let free = Mutex<[String: ContinuousClock.Instant]>([:])

    /// Waits for a turn at a host.
    ///
    /// - Parameter interval: between this turn and the next.
    /// - Throws: `AgentFailure` (`transient`, `host_busy`), and `CancellationError`.
    func turn(at host: String, interval: Duration) async throws {
        let now = ContinuousClock.now
        let start = free.withLock { free -> ContinuousClock.Instant? in
            if free.count >= Self.maximumHosts { free = free.filter { $0.value > now } }
            let start = max(now, free[host] ?? now)
            guard start - now <= Self.longestWait, free.count < Self.maximumHosts else {
                return nil
            }
            free[host] = start.advanced(by: interval)
            return start
        }
        guard let start else {
            throw AgentFailure(
                .transient, code: "host_busy",
                message: "\(host): more requests wait than can be made within "
                    + "\(Self.longestWait.components.seconds) s")
        }
        try await Task.sleep(until: start, clock: .continuous)
    }

    /// The host wants not to be asked for so long.
    func rest(_ host: String, for span: Duration) {
        let end = ContinuousClock.now.advanced(by: min(span, Self.longestWait))
        free.withLock { free in
            if free.count < Self.maximumHosts { free[host] = max(end, free[host] ?? end) }
        }
    }
}
