// When a failed task is tried again: exponential backoff with full jitter, as in M. Brooker,
// "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015): a delay drawn evenly from
// 0…min(cap, base × factor^retries), which spreads retries best and costs the least work.

import ScrivenerModel

enum RetryPolicy {
    /// The longest delay where the plan says none: 5 minutes.
    static let maximumDelay = TimeSpan.seconds(300)
    /// As many as a task can count.
    static let maximumRetries = Int(UInt8.max)
    /// A bound that has grown so often has reached any cap.
    private static let maximumGrowths = 64

    /// What becomes of a task whose attempt failed.
    ///
    /// - Parameter retries: how many were granted so far.
    static func disposition(
        after failure: FailureClass, retries: Int, rule: CompiledRetry, now: Instant,
        random: inout SeededGenerator
    ) -> TaskDisposition {
        switch failure {
        case .permanent, .invalidInput, .poison: return .final
        // The last two are the agent's own words: nobody had asked it to stop, and the worker is
        // there to tell. Were they not counted, an agent that always says so would run forever.
        case .transient, .timeout, .workerLost, .cancelled:
            guard retries < min(Int(rule.maximumRetries), maximumRetries) else { return .final }
            let delay = delay(retries: retries, rule, random: &random)
            return .retry(notBefore: now.advanced(by: delay))
        }
    }

    static func delay(
        retries: Int, _ rule: CompiledRetry, random: inout SeededGenerator
    ) -> TimeSpan {
        var bound = min(rule.base.nanoseconds, rule.cap.nanoseconds)
        for _ in 0..<min(max(0, retries), maximumGrowths) where bound < rule.cap.nanoseconds {
            let (grown, overflow) = bound.multipliedReportingOverflow(by: rule.factorPermille)
            bound = overflow ? rule.cap.nanoseconds : min(grown / 1_000, rule.cap.nanoseconds)
        }
        return TimeSpan(nanoseconds: Int64.random(in: 0...max(0, bound), using: &random))
    }
}
