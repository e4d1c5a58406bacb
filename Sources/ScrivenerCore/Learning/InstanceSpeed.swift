// How fast an agent on a worker is, beside the others: one number for all task types that it
// executes, so that what is learned from one type serves the others.
//
// A sample is run time ÷ the type's mean. The estimate is shrunk towards the pool's mean ratio by
// credibility (Bühlmann, "Experience rating and credibility", ASTIN Bulletin 4, 1967; the linear
// empirical Bayes estimator):
//
//     ratio = (Σ samples + κ × pool) ÷ (n + κ),   κ = variation² of the type ÷ τ²
//
// κ is how many samples a guess is worth. τ = 1/2 is how much machines are expected to differ; a
// type with a steady run time (variation 0.1) is believed after one sample, an exponential one
// (variation 1) after four.
//
// A sample counts as at most four times the estimate, and as at least a quarter of it: a host that
// hung for some seconds with a few tasks of milliseconds is no slow host. One that is 64 times as slow
// is believed to be after three samples (winsorizing; P. J. Huber, "Robust Statistics", 1981).
//
// Ageing: at 128 samples the sums are halved, and they are worth half as much for each 10 minutes
// in which nothing came. So an instance that was slow during a backup is given work again: its
// estimate goes back to the pool's by itself.

import ScrivenerModel

/// The speed of one instance. 24 bytes.
struct InstanceSpeed: Sendable, Equatable {
    /// The fixed-point 1.
    static let one: Int64 = 1 << 12
    static let capacity: Int64 = 128
    static var halfLife: TimeSpan { TimeSpan(nanoseconds: 600_000_000_000) }
    /// Samples and estimates are held within 1/64…64.
    static var bounds: ClosedRange<Int64> { (one / 64)...(one * 64) }

    /// By how much a sample may differ from the estimate.
    private static let surprise: Int64 = 4

    /// Sixteenths of samples, so that halving keeps what is left of few.
    private(set) var weight: Int64 = 0
    /// Sum of samples in the fixed point, times 16: at most 2^29.
    private(set) var sum: Int64 = 0
    private(set) var latest = Instant.zero

    init() {}

    /// Restores a speed; `nil` when the numbers cannot have come from one.
    init?(weight: Int64, sum: Int64, latest: Instant) {
        guard weight >= 0, weight < Self.capacity * 16, sum >= 0,
            sum <= weight * Self.bounds.upperBound
        else { return nil }
        self.weight = weight
        self.sum = sum
        self.latest = latest
    }

    /// - Parameter estimate: what was believed before.
    @inline(always)
    mutating func add(_ sample: Int64, estimate: Int64, at now: Instant) {
        let sample = min(max(sample, estimate / Self.surprise), estimate * Self.surprise)
        let faded = faded(at: now)
        weight = faded.weight + 16
        sum = faded.sum + 16 * min(max(sample, Self.bounds.lowerBound), Self.bounds.upperBound)
        latest = max(latest, now)
        guard weight >= Self.capacity * 16 else { return }
        sum = sum * (weight / 2) / weight
        weight /= 2
    }

    /// Run time on this instance ÷ the type's mean, in the fixed point.
    ///
    /// - Parameters:
    ///   - prior: what is believed of an instance of which nothing is known.
    ///   - squaredVariation: the type's, in 1/1,024.
    @inline(always)
    func ratio(prior: Int64, squaredVariation: Int64, at now: Instant) -> Int64 {
        let faded = faded(at: now)
        let kappa = Self.kappa(squaredVariation)
        let ratio = (faded.sum + kappa * prior) / (faded.weight + kappa)
        return min(max(ratio, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// The standard error of the ratio beside the ratio itself, in the fixed point, 1 at most: the
    /// variation ÷ √(n + κ); 1 when there is no sample.
    func relativeError(squaredVariation: Int64, at now: Instant) -> Int64 {
        let weight = faded(at: now).weight
        guard weight > 0 else { return Self.one }
        let samples = weight + Self.kappa(squaredVariation)
        // √(variation² ÷ 2^10 ÷ (samples ÷ 2^4)) × 2^12.
        let square = (UInt128(max(0, squaredVariation)) << 18) / UInt128(samples)
        return min(Int64(clamping: DurationStatistics.squareRoot(square)), Self.one)
    }

    /// κ = 4 × variation², within ¼…16, in sixteenths.
    @inline(always)
    private static func kappa(_ squaredVariation: Int64) -> Int64 {
        min(max(squaredVariation / 16, 4), 256)
    }

    /// The mean of the samples, in the fixed point, within what an estimate can be; `nil` without
    /// any.
    var mean: Int64? {
        guard weight > 0 else { return nil }
        return min(max(sum / weight, Self.bounds.lowerBound), Self.bounds.upperBound)
    }

    /// Whether that mean may be below a bound: tells it without a division.
    @inline(always)
    func mayFallBelow(_ bound: Int64) -> Bool {
        let (product, overflow) = bound.multipliedReportingOverflow(by: weight)
        return overflow || sum < product
    }

    @inline(always)
    private func faded(at now: Instant) -> (weight: Int64, sum: Int64) {
        let silence = now.since(latest)
        guard silence >= Self.halfLife, weight > 0 else { return (weight, sum) }
        return faded(after: silence)
    }

    private func faded(after silence: TimeSpan) -> (weight: Int64, sum: Int64) {
        let halvings = silence.nanoseconds / Self.halfLife.nanoseconds
        // However many there are: nothing is left of a weight that is shifted by more than its bits.
        let left = weight >> halvings
        return (left, sum * left / weight)
    }
}
