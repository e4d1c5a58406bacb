// What follows from an attempt at a delivery: when it is tried again, and when no more. Exponential
// backoff with full jitter (Brooker 2015, "Exponential Backoff And Jitter"): receivers that come back
// are not met by everybody at once.

import ScrivenerModel
import ScrivenerStore

/// What an attempt has come to.
enum DeliveryOutcome: Sendable, Equatable {
    /// - Parameter retryAfter: how long the receiver wants not to be asked again.
    case answered(status: Int, retryAfter: TimeSpan?)
    /// There was no answer.
    case failed(reason: String)
    /// It stands for no address that may be reached.
    case refused(reason: String)
    /// The coordinator stops: it was no attempt.
    case abandoned
}

/// When deliveries are tried again, and for how long.
struct DeliveryPolicy: Sendable {
    /// The first delay is at most this; each further one at most twice the one before.
    var base = TimeSpan.seconds(5)
    var longestDelay = TimeSpan.seconds(3_600)
    /// `Retry-After` counts up to this.
    var longestRetryAfter = TimeSpan.seconds(3_600)
    /// So long after its event a message is given up with the next attempt that fails.
    var horizon = TimeSpan.seconds(86_400)

    /// So long after its event every message is settled, while a coordinator runs.
    var lifetime: TimeSpan {
        TimeSpan(nanoseconds: horizon.nanoseconds + longestDelay.nanoseconds)
    }

    /// What is to be kept of an attempt; nothing where it was none.
    func settlement(
        of delivery: DueDelivery, _ outcome: DeliveryOutcome, at now: WallTime,
        using random: inout some RandomNumberGenerator
    ) -> DeliverySettlement? {
        var settlement = DeliverySettlement(
            key: delivery.message.key, ordinal: delivery.message.ordinal, verdict: .delivered,
            at: now)
        switch outcome {
        case .abandoned: return nil
        case .answered(let status, let retryAfter):
            settlement.status = status
            guard !(200..<300).contains(status) else { return settlement }
            settlement.error =
                (300..<400).contains(status)
                ? "answered \(status); redirects are not followed" : "answered \(status)"
            settlement.verdict =
                status == 410
                ? .gone
                : again(delivery, at: now, notBefore: retryAfter ?? .zero, using: &random)
        case .failed(let reason), .refused(let reason):
            settlement.error = reason
            settlement.verdict = again(delivery, at: now, notBefore: .zero, using: &random)
        }
        return settlement
    }

    private func again(
        _ delivery: DueDelivery, at now: WallTime, notBefore: TimeSpan,
        using random: inout some RandomNumberGenerator
    ) -> DeliverySettlement.Verdict {
        let age = now.millisecondsSince1970 - delivery.message.at.millisecondsSince1970
        guard age < horizon.milliseconds else { return .givenUp }
        let delay = max(
            delay(after: delivery.attempts + 1, using: &random), min(notBefore, longestRetryAfter))
        return .retry(at: now.advanced(by: delay))
    }

    /// - Parameter attempts: how many there were, at least one.
    func delay(after attempts: Int, using random: inout some RandomNumberGenerator) -> TimeSpan {
        let doublings = min(max(0, attempts - 1), 30)
        let (bound, overflow) = base.nanoseconds.multipliedReportingOverflow(by: 1 << doublings)
        let longest = overflow ? longestDelay.nanoseconds : min(bound, longestDelay.nanoseconds)
        return TimeSpan(nanoseconds: .random(in: 0...max(0, longest), using: &random))
    }
}
