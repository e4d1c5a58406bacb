// When a failed task is tried again: exponential backoff with full jitter, as in M. Brooker,
// "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): a delay drawn evenly from
// 0…min(cap, base × 2^retries), which spreads retries best and costs the least work.

import ScrivenerModel

enum RetryPolicy {
    /// The longest delay, whatever the base: 5 minutes.
    static let maximumDelay = TimeSpan.seconds(300)
    /// As many as a task can count.
    static let maximumRetries = Int(UInt8.max)

    /// What becomes of a task whose attempt failed.
    ///
    /// - Parameter retries: how many were granted so far.
    static func disposition(
        after failure: FailureClass, retries: Int, config: OrchestrationConfig, now: Instant,
        random: inout SeededGenerator
    ) -> TaskDisposition {
        switch failure {
        case .permanent, .invalidInput: return .final
        // The last two are the agent's own words: nobody had asked it to stop, and the worker is
        // there to tell. Were they not counted, an agent that always says so would run forever.
        case .transient, .timeout, .workerLost, .cancelled:
            guard retries < min(config.maxRetryAttempts, maximumRetries) else { return .final }
            let delay = delay(
                retries: retries, base: .seconds(config.retryDelaySeconds), random: &random)
            return .retry(notBefore: now.advanced(by: delay))
        }
    }

    static func delay(
        retries: Int, base: TimeSpan, cap: TimeSpan = maximumDelay,
        random: inout SeededGenerator
    ) -> TimeSpan {
        let doublings = min(max(0, retries), 20)
        let (grown, overflow) = base.nanoseconds.multipliedReportingOverflow(by: 1 << doublings)
        let bound = overflow ? cap.nanoseconds : min(grown, cap.nanoseconds)
        return TimeSpan(nanoseconds: Int64.random(in: 0...max(0, bound), using: &random))
    }
}
