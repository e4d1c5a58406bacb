// Run times of one task type: count, mean, variance and quantiles, in integers.
//
// Sums instead of Welford's recurrence: with 128 bits for the squares they are exact, and exactness
// is what makes a restored model the same as the one that was saved. What is old counts less: see
// `DurationHistogram`; sums are halved together with its counts.

import ScrivenerModel

/// Run times of one task type. 64 bytes and the histogram's.
struct DurationStatistics: Sendable, Equatable {
    private(set) var histogram = DurationHistogram()
    /// Nanoseconds. At most 2^60: 1,024 samples of 2^50.
    private(set) var sum: Int64 = 0
    private(set) var sumOfSquares: UInt128 = 0
    /// Nanoseconds; 0 without samples. Follows from the sums, as the next does: both are asked for
    /// with every choice, and divisions are dear.
    private(set) var mean: Int64 = 0
    /// The squared coefficient of variation, in 1/1,024; that of an exponential distribution (1)
    /// where fewer than two samples say nothing.
    private(set) var squaredVariation: Int64 = 1_024

    init() {}

    /// Restores statistics; `nil` when the numbers cannot have come from any.
    init?(histogram: DurationHistogram, sum: Int64, sumOfSquares: UInt128) {
        guard sum >= 0, sum <= histogram.total * DurationHistogram.longest,
            sumOfSquares <= UInt128(histogram.total) << 100
        else { return nil }
        self.histogram = histogram
        self.sum = sum
        self.sumOfSquares = sumOfSquares
        derive()
    }

    /// How many samples count, after ageing.
    var count: Int64 { histogram.total }

    /// Square nanoseconds, around the mean; 0 with fewer than two samples.
    var variance: UInt128 {
        guard count > 1 else { return 0 }
        let (total, square) = (UInt128(count), UInt128(sum) * UInt128(sum))
        let scaled = total * sumOfSquares
        // Halving rounds: a constant's squares may fall a little short of the sum's.
        return scaled > square ? (scaled - square) / (total * (total - 1)) : 0
    }

    var standardDeviation: Int64 { Int64(clamping: Self.squareRoot(variance)) }

    @inline(always)
    mutating func add(_ nanoseconds: Int64) {
        let sample = min(max(nanoseconds, 0), DurationHistogram.longest)
        sum += sample
        sumOfSquares += UInt128(sample) * UInt128(sample)
        if histogram.add(sample) {
            histogram.halve()
            sum /= 2
            sumOfSquares /= 2
        }
        derive()
    }

    private mutating func derive() {
        mean = count == 0 ? 0 : sum / count
        squaredVariation = 1_024
        guard count > 1, mean > 0 else { return }
        let variance = variance
        squaredVariation =
            variance == 0
            ? 0 : Int64(clamping: variance * 1_024 / (UInt128(mean) * UInt128(mean)))
    }

    func quantile(permille: Int64) -> Int64 { histogram.quantile(permille: permille) }

    /// The largest integer whose square is not larger (Newton's method, from above).
    static func squareRoot(_ value: UInt128) -> UInt128 {
        guard value > 1 else { return value }
        var guess = UInt128(1) << UInt128((129 - value.leadingZeroBitCount) / 2)
        while true {
            let better = (guess + value / guess) / 2
            guard better < guess else { return guess }
            guess = better
        }
    }
}
