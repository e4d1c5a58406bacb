// A duration model as the journal keeps it: columns of integers, from which it is restored exactly.

import ScrivenerModel

/// A model in columns: those of types, then those of instances.
package struct DurationColumns: Sendable, Equatable {
    /// What is believed of each type before its first sample, in nanoseconds.
    package var priors: [Int64] = []
    package var sums: [Int64] = []
    /// The upper and lower halves of sums of squares.
    package var squaresHigh: [UInt64] = []
    package var squaresLow: [UInt64] = []
    package var lowestBuckets: [UInt16] = []
    /// Where each type's buckets end.
    package var bucketEnds: [Int32] = []
    package var buckets: [UInt16] = []
    package var speedWeights: [Int64] = []
    package var speedSums: [Int64] = []
    /// Instants in nanoseconds.
    package var speedTimes: [Int64] = []

    package init() {}

    /// Whether columns of one table are equally long and rows lie in order.
    fileprivate var isRegular: Bool {
        let types = [
            sums.count, squaresHigh.count, squaresLow.count, lowestBuckets.count, bucketEnds.count,
        ]
        guard types.allSatisfy({ $0 == priors.count }), priors.count <= DurationModel.maximumTypes,
            speedSums.count == speedWeights.count, speedTimes.count == speedWeights.count
        else { return false }
        var start: Int32 = 0
        for end in bucketEnds {
            guard end >= start else { return false }
            start = end
        }
        return Int(start) == buckets.count
    }
}

extension DurationModel {
    var columns: DurationColumns {
        var columns = DurationColumns()
        for (type, prior) in zip(types, priors) {
            columns.priors.append(prior.nanoseconds)
            columns.sums.append(type.sum)
            columns.squaresHigh.append(UInt64(type.sumOfSquares >> 64))
            columns.squaresLow.append(UInt64(truncatingIfNeeded: type.sumOfSquares))
            columns.lowestBuckets.append(type.histogram.lowest)
            columns.buckets.append(contentsOf: type.histogram.counts)
            columns.bucketEnds.append(Int32(columns.buckets.count))
        }
        columns.speedWeights = speeds.map(\.weight)
        columns.speedSums = speeds.map(\.sum)
        columns.speedTimes = speeds.map(\.latest.nanoseconds)
        return columns
    }

    /// Restores a model; `nil` when the columns cannot have come from one.
    init?(_ columns: DurationColumns) {
        self.init()
        guard columns.isRegular else { return nil }
        var types: [DurationStatistics] = []
        var start = 0
        for row in columns.priors.indices {
            let end = Int(columns.bucketEnds[row])
            let squares =
                UInt128(columns.squaresHigh[row]) << 64 | UInt128(columns.squaresLow[row])
            guard
                let histogram = DurationHistogram(
                    lowest: columns.lowestBuckets[row],
                    counts: Array(columns.buckets[start..<end])),
                let statistics = DurationStatistics(
                    histogram: histogram, sum: columns.sums[row], sumOfSquares: squares),
                (0...DurationHistogram.longest).contains(columns.priors[row])
            else { return nil }
            types.append(statistics)
            start = end
        }
        let speeds = columns.speedWeights.indices.compactMap { row in
            InstanceSpeed(
                weight: columns.speedWeights[row], sum: columns.speedSums[row],
                latest: Instant(nanoseconds: columns.speedTimes[row]))
        }
        guard speeds.count == columns.speedWeights.count else { return nil }
        self.init(
            types: types, priors: columns.priors.map(TimeSpan.init(nanoseconds:)), speeds: speeds)
    }
}
