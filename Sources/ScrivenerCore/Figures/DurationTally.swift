// How many durations were how long, since the start: for histograms that others publish. Unlike
// `DurationHistogram`, which is to say what is usual now, it forgets nothing and its bounds are
// round.
//
// It is counted with every task, so that it is integers in one array; its owner adds what it needs
// to that.

import ScrivenerModel

/// The buckets of durations.
package enum DurationBuckets {
    /// Upper bounds in nanoseconds, ascending: 0.1 ms to an hour.
    package static let bounds: [Int64] = [
        100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
        50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
        5_000_000_000, 10_000_000_000, 30_000_000_000, 60_000_000_000, 300_000_000_000,
        900_000_000_000, 3_600_000_000_000,
    ]

    /// One for each bound, and one for what is beyond the last.
    package static let count = bounds.count + 1

    /// For each power of two, the first bucket that a value from it on may be in: only the bounds
    /// below the next power have to be looked at.
    private static let firstFrom: [UInt8] = (0..<64).map { octave in
        UInt8(bounds.firstIndex { $0 >= 1 << octave } ?? bounds.count)
    }

    /// The bucket of a duration.
    @inline(always)
    static func bucket(_ nanoseconds: Int64) -> Int {
        let value = max(1, nanoseconds)
        var bucket = Int(firstFrom[63 - value.leadingZeroBitCount])
        while bucket < bounds.count, bounds[bucket] < value { bucket += 1 }
        return bucket
    }
}

/// Durations by bucket, and their sum.
package struct DurationTally: Sendable, Equatable {
    /// `DurationBuckets.count` of them.
    package private(set) var counts = [Int64](repeating: 0, count: DurationBuckets.count)
    /// In nanoseconds. It may wrap around: what was added between two looks is their difference.
    package private(set) var sum: Int64 = 0

    init() {}

    init(counts: some Collection<Int64>, sum: Int64) {
        self.counts = Array(counts)
        self.sum = sum
    }

    @inline(always)
    mutating func add(_ duration: TimeSpan) {
        counts[DurationBuckets.bucket(duration.nanoseconds)] += 1
        sum &+= max(0, duration.nanoseconds)
    }

}
