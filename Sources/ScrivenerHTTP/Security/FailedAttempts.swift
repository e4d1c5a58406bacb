// Wrong tokens by address, so that whoever tries many is slowed down. Only requests that are refused anyway
// come here: nobody with a right token is ever locked out, also not beside somebody who tries from the same
// address. A token bucket for each address, and one for all that find no place.

import NIOCore
import ScrivenerModel

/// Counts failures. A value: its owner has the clock and the lock.
struct FailedAttempts: Sendable {
    /// How many failures in a row are answered with what was wrong.
    static let burst = 10.0
    /// How long it takes until one more is.
    static let recovery = TimeSpan.seconds(6)
    static let maximumAddresses = 1_024

    enum Verdict: Equatable {
        /// - isLast: whether the next one would be too many.
        case counted(isLast: Bool)
        case tooMany(retryAfterSeconds: Int)
    }

    private struct Bucket {
        var level: Double
        var at: Instant

        func level(at now: Instant) -> Double {
            min(
                FailedAttempts.burst,
                level + max(0, now.since(at).seconds) / FailedAttempts.recovery.seconds)
        }
    }

    private var buckets: [String: Bucket] = [:]

    /// How many addresses are remembered.
    var count: Int { buckets.count }

    mutating func fail(_ address: SocketAddress?, at now: Instant) -> Verdict {
        let key = place(of: Self.key(address), at: now)
        let level = buckets[key]?.level(at: now) ?? Self.burst
        guard level >= 1 else {
            let wait = (1 - level) * Self.recovery.seconds
            return .tooMany(retryAfterSeconds: max(1, Int(wait.rounded(.up))))
        }
        buckets[key] = Bucket(level: level - 1, at: now)
        return .counted(isLast: level - 1 < 1)
    }

    private static let others = "others"

    /// Where an address is counted. Those that have long recovered make room.
    private mutating func place(of key: String, at now: Instant) -> String {
        guard buckets[key] == nil, buckets.count >= Self.maximumAddresses else { return key }
        buckets = buckets.filter { $0.value.level(at: now) < Self.burst }
        return buckets.count < Self.maximumAddresses ? key : Self.others
    }

    /// Of IPv6 whoever has one address has its network of 64 bits.
    private static func key(_ address: SocketAddress?) -> String {
        guard let text = address?.ipAddress else { return others }
        guard case .v6 = address else { return text }
        let mapped = "::ffff:"
        if text.hasPrefix(mapped) { return String(text.dropFirst(mapped.count)) }
        // `::` stands for groups of zeros.
        let gap = text.firstRange(of: "::")
        let before = text[..<(gap?.lowerBound ?? text.endIndex)].split(separator: ":")
        let after = gap.map { text[$0.upperBound...].split(separator: ":") } ?? []
        let zeros = repeatElement(Substring("0"), count: max(0, 8 - before.count - after.count))
        return (before + zeros + after).prefix(4).joined(separator: ":")
    }
}
