// Quantiles of run times in a few dozen integers.
//
// The estimator is DDSketch with a collapsing lowest bucket (Masson, Rim, Lee, "DDSketch: a fast
// and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019), with
// HdrHistogram's bucket boundaries instead of powers of γ: every octave is cut into 8 equal parts,
// so that a bucket is found with a shift and no logarithm. A quantile is off by at most 1/17 (5.9
// %) of its value, unless it lies in the lowest bucket that is kept, which then holds all that is
// smaller as well: 64 buckets span a factor of 256 below the longest time, so that this concerns
// low quantiles only.
//
// Ageing: when 1,024 samples are in, all counts are halved, so a sample's weight halves about every
// 512 samples. Halving keeps cumulative counts true, counted from the top: with each bucket halved
// on its own, buckets of one would vanish, and with them the tail that p99 is made of.

import ScrivenerModel

/// Counts of run times by size. About 40 bytes and 2 for each bucket between the smallest and the
/// largest sample: at most 170.
struct DurationHistogram: Sendable, Equatable {
    static let maximumBuckets = 64
    /// How many samples make it halve its counts.
    static let capacity: Int64 = 1_024
    /// Half the width of a bucket over its middle, at worst: 1/17.
    static let relativeErrorPermille: Int64 = 59
    /// 2^50 ns, 13 days: longer times count as this.
    static let longest: Int64 = 1 << 50

    /// The number of the lowest bucket kept.
    private(set) var lowest: UInt16 = 0
    private(set) var counts: [UInt16] = []
    /// The sum of the counts.
    private(set) var total: Int64 = 0

    init() {}

    /// Restores a histogram; `nil` when the numbers cannot have come from one.
    init?(lowest: UInt16, counts: [UInt16]) {
        let highest = Int(Self.bucket(Self.longest))
        let total = counts.reduce(Int64(0)) { $0 + Int64($1) }
        guard counts.count <= Self.maximumBuckets, Int(lowest) + counts.count <= highest + 1,
            total < Self.capacity, counts.isEmpty ? lowest == 0 : counts.last != 0
        else { return nil }
        self.lowest = lowest
        self.counts = counts
        self.total = total
    }

    /// - Returns: whether the histogram is full, and is to be halved.
    @inline(always)
    mutating func add(_ nanoseconds: Int64) -> Bool {
        let bucket = Self.bucket(min(max(nanoseconds, 0), Self.longest))
        var place = Int(bucket) - Int(lowest)
        if place < 0 || place >= counts.count { place = makeRoom(for: bucket) }
        counts[place] += 1
        total += 1
        return total >= Self.capacity
    }

    /// Halves all weights.
    mutating func halve() {
        var above: Int64 = 0
        for place in counts.indices.reversed() {
            let through = above + Int64(counts[place])
            counts[place] = UInt16((through + 1) / 2 - (above + 1) / 2)
            above = through
        }
        total = (total + 1) / 2
        let first = counts.firstIndex { $0 > 0 } ?? counts.count
        let last = counts.lastIndex { $0 > 0 } ?? -1
        counts = first > last ? [] : Array(counts[first...last])
        lowest = counts.isEmpty ? 0 : lowest + UInt16(first)
    }

    /// The time that a share of the samples does not exceed; 0 without samples.
    func quantile(permille: Int64) -> Int64 {
        let rank = max(1, (total * min(max(permille, 0), 1_000) + 999) / 1_000)
        var seen: Int64 = 0
        for place in counts.indices {
            seen += Int64(counts[place])
            if seen >= rank { return Self.middle(Int(lowest) + place) }
        }
        return 0
    }

    /// - Returns: the place of the bucket, or of the lowest that is kept.
    private mutating func makeRoom(for bucket: UInt16) -> Int {
        if counts.isEmpty {
            lowest = bucket
            counts = [0]
        }
        if bucket < lowest { growDown(to: bucket) }
        let place = Int(bucket) - Int(lowest)
        if place >= counts.count { growUp(to: place) }
        return max(0, Int(bucket) - Int(lowest))
    }

    private mutating func growDown(to bucket: UInt16) {
        // Below the span that is kept everything counts in the lowest bucket.
        let room = Self.maximumBuckets - counts.count
        let added = min(Int(lowest - bucket), room)
        counts.insert(contentsOf: repeatElement(0, count: added), at: 0)
        lowest -= UInt16(added)
    }

    private mutating func growUp(to place: Int) {
        let excess = max(0, place + 1 - Self.maximumBuckets)
        let dropped = min(excess, counts.count)
        let collapsed = counts[..<dropped].reduce(0, +)
        counts.removeFirst(dropped)
        let missing = place + 1 - excess - counts.count
        counts.append(contentsOf: repeatElement(0, count: missing))
        counts[0] += collapsed
        lowest += UInt16(excess)
    }

    // MARK: Buckets

    /// 0…7 stand for themselves; above, the three bits behind the leading one choose the part.
    @inline(always)
    static func bucket(_ value: Int64) -> UInt16 {
        guard value >= 8 else { return UInt16(max(0, value)) }
        let octave = 63 - value.leadingZeroBitCount
        return UInt16((octave - 2) * 8 + Int((value >> (octave - 3)) & 7))
    }

    /// The value that is off by the same share from both ends of a bucket: 2ab ÷ (a + b).
    static func middle(_ bucket: Int) -> Int64 {
        guard bucket >= 16 else { return Int64(bucket) }
        let part = Int64(8 + bucket % 8)
        let width = Int64(1) << (bucket / 8 - 1)
        return width * (2 * part * (part + 1)) / (2 * part + 1)
    }
}
