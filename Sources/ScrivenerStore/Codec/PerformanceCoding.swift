// What attempts have taught, and what instances did over time, as bytes. Both are written now and
// then and are large beside other facts, so they are columns of their own and not of a batch.

import ScrivenerCore
import ScrivenerModel

extension ByteWriter {
    mutating func performance(_ columns: PerformanceColumns) {
        if let defect = columns.defect {
            preconditionFailure("performance that could not be read back: \(defect)")
        }
        count(columns.kinds.count)
        stringColumn(columns.kinds)
        signedColumn(columns.peakMemory)
        count(columns.workers.count)
        deltaColumn(columns.workers)
        deltaColumn(columns.agents)
        durations(columns.durations)
    }

    private mutating func durations(_ columns: DurationColumns) {
        count(columns.priors.count)
        signedColumn(columns.priors)
        signedColumn(columns.sums)
        for half in columns.squaresHigh { varint(half) }
        for half in columns.squaresLow { varint(half) }
        unsignedColumn(columns.lowestBuckets.lazy.map { UInt32($0) })
        deltaColumn(columns.bucketEnds)
        count(columns.buckets.count)
        unsignedColumn(columns.buckets.lazy.map { UInt32($0) })
        count(columns.speedWeights.count)
        signedColumn(columns.speedWeights)
        signedColumn(columns.speedSums)
        deltaColumn(columns.speedTimes)
    }

    mutating func metrics(_ sample: MetricsSample) {
        signed(sample.start.millisecondsSince1970)
        signed(sample.length.nanoseconds)
        count(sample.rows.count)
        deltaColumn(sample.rows.lazy.map(\.worker))
        deltaColumn(sample.rows.lazy.map(\.agent))
        signedColumn(sample.rows.lazy.map(\.completed))
        signedColumn(sample.rows.lazy.map(\.failed))
        signedColumn(sample.rows.lazy.map(\.lost))
        signedColumn(sample.rows.lazy.map(\.busy))
    }
}

extension ByteReader {
    mutating func performance() throws(JournalDecodingError) -> PerformanceColumns {
        var columns = PerformanceColumns()
        let kinds = try count()
        columns.kinds = try stringColumn(kinds)
        columns.peakMemory = try signedColumn(kinds)
        let instances = try count()
        columns.workers = try deltaColumn(instances)
        columns.agents = try deltaColumn(instances)
        columns.durations = try durations()
        if let defect = columns.defect { throw error(.inconsistent(defect)) }
        return columns
    }

    private mutating func durations() throws(JournalDecodingError) -> DurationColumns {
        var columns = DurationColumns()
        let types = try count()
        columns.priors = try signedColumn(types)
        columns.sums = try signedColumn(types)
        columns.squaresHigh = try varintColumn(types)
        columns.squaresLow = try varintColumn(types)
        columns.lowestBuckets = try shortColumn(types)
        columns.bucketEnds = try deltaColumn(types)
        columns.buckets = try shortColumn(try count())
        let speeds = try count()
        columns.speedWeights = try signedColumn(speeds)
        columns.speedSums = try signedColumn(speeds)
        columns.speedTimes = try deltaColumn(speeds)
        return columns
    }

    private mutating func varintColumn(_ count: Int) throws(JournalDecodingError) -> [UInt64] {
        guard count <= remaining else { throw error(.count) }
        var values: [UInt64] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try varint()) }
        return values
    }

    private mutating func shortColumn(_ count: Int) throws(JournalDecodingError) -> [UInt16] {
        guard count <= remaining else { throw error(.count) }
        var values: [UInt16] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            guard let value = UInt16(exactly: try varint()) else { throw error(.number) }
            values.append(value)
        }
        return values
    }

    mutating func metrics() throws(JournalDecodingError) -> MetricsSample {
        let start = WallTime(millisecondsSince1970: try signed())
        let length = TimeSpan(nanoseconds: try signed())
        let count = try count()
        let workers = try deltaColumn(count, of: Int32.self)
        let agents = try deltaColumn(count, of: Int32.self)
        let completed = try signedColumn(count, of: Int32.self)
        let failed = try signedColumn(count, of: Int32.self)
        let lost = try signedColumn(count, of: Int32.self)
        let busy = try signedColumn(count, of: Int64.self)
        let rows = (0..<count).map { index in
            MetricsSample.Row(
                worker: workers[index], agent: agents[index], completed: completed[index],
                failed: failed[index], lost: lost[index], busy: busy[index])
        }
        return MetricsSample(start: start, length: length, rows: rows)
    }
}

extension PerformanceColumns {
    /// What of the columns does not fit together. Whether the numbers in them can have come from a
    /// model is for the model to know.
    fileprivate var defect: String? {
        let types = [
            durations.sums.count, durations.squaresHigh.count, durations.squaresLow.count,
            durations.lowestBuckets.count, durations.bucketEnds.count,
        ]
        guard peakMemory.count == kinds.count, agents.count == workers.count,
            types.allSatisfy({ $0 == durations.priors.count }),
            durations.speedSums.count == durations.speedWeights.count,
            durations.speedTimes.count == durations.speedWeights.count
        else { return "columns of learned performance differ in length" }
        var last: Int32 = 0
        for end in durations.bucketEnds {
            guard end >= last else { return "rows of buckets are out of order" }
            last = end
        }
        guard Int(last) == durations.buckets.count else { return "buckets belong to no type" }
        return nil
    }
}
