// What run times have taught: how long a task of a type will run, and on which instance how long.
// Order, choice, timeouts, prefetch, hedging and the expected end of a session all ask here.
//
// A run time is taken as type × instance. A type's statistics are of run times divided by the ratio
// of the instance that measured them (what they would have been on an average one); an instance's
// ratio is of run times divided by the type's mean. Each sample improves both, and what is learned
// from one type serves the others on that instance. Ratios count relative to their mean over the
// pool: so all instances together are average by definition, and when everything becomes faster it
// is the types that are learned anew and not the instances.
//
// Until its first sample a type is believed to run as long as its weight says; after it the weight
// is forgotten, because a weight is an order and not a measurement.

import ScrivenerModel

/// Learned run times. Types and instances go by numbers that the caller keeps.
struct DurationModel: Sendable, Equatable {
    /// Types beyond these share the last row: plans come from outside and may name any number.
    static let maximumTypes = 4_096
    /// How many samples a type needs before its p99 says anything.
    static let samplesForTail: Int64 = 20

    private(set) var types: [DurationStatistics] = []
    private(set) var priors: [TimeSpan] = []
    private(set) var speeds: [InstanceSpeed] = []
    /// Sums over `speeds`, from which the pool's mean ratio follows.
    private var poolWeight: Int64 = 0
    private var poolSum: Int64 = 0
    private(set) var poolRatio = InstanceSpeed.one

    init(
        types: [DurationStatistics] = [], priors: [TimeSpan] = [], speeds: [InstanceSpeed] = []
    ) {
        self.types = types
        self.priors = priors
        self.speeds = speeds
        for speed in speeds { weigh(speed.weight, speed.sum) }
    }

    // MARK: Who is there

    /// - Parameter prior: what the type's weight says, for as long as nothing is known.
    /// - Returns: the type's number.
    mutating func addType(prior: TimeSpan) -> Int32 {
        if types.count < Self.maximumTypes {
            types.append(DurationStatistics())
            priors.append(Self.bounded(prior))
        }
        return Int32(types.count - 1)
    }

    /// - Returns: the instance's number.
    mutating func addInstance() -> Int32 {
        speeds.append(InstanceSpeed())
        return Int32(speeds.count - 1)
    }

    /// An instance's number is given to another.
    mutating func resetInstance(_ instance: Int32) {
        weigh(-speeds[Int(instance)].weight, -speeds[Int(instance)].sum)
        speeds[Int(instance)] = InstanceSpeed()
    }

    // MARK: Learning

    /// Takes in a completed attempt. Failed and cancelled ones say nothing about run time.
    ///
    /// - Parameter stated: what the task's plan said of it. It is what the instance is measured by
    ///   then: tasks whose plans tell them apart need not be like the others of their type.
    @inline(always)
    mutating func learn(
        _ runTime: TimeSpan, type: Int32, instance: Int32, stated: TimeSpan? = nil,
        at now: Instant
    ) {
        let sample = Self.bounded(runTime).nanoseconds
        let pool = poolRatio
        let added = Self.learn(
            sample, &types[Int(type)], &speeds[Int(instance)], pool: pool,
            stated: stated.map { max(1, Self.bounded($0).nanoseconds) }, at: now)
        weigh(added.weight, added.sum)
    }

    /// - Returns: by how much the instance's weight and sum have grown.
    @inline(always)
    private static func learn(
        _ sample: Int64, _ type: inout DurationStatistics, _ speed: inout InstanceSpeed,
        pool: Int64, stated: Int64?, at now: Instant
    ) -> (weight: Int64, sum: Int64) {
        let mean = stated ?? type.mean
        let own = speed.ratio(prior: pool, squaredVariation: type.squaredVariation, at: now)
        type.add(quotient(sample, relative(own, to: pool)))
        guard mean > 0 else { return (0, 0) }
        let (weight, sum) = (speed.weight, speed.sum)
        speed.add(quotient(sample, mean), estimate: own, at: now)
        return (speed.weight - weight, speed.sum - sum)
    }

    // MARK: Asking

    /// The mean run time of a type, on an average instance or on a certain one.
    @inline(always)
    func estimate(type: Int32, instance: Int32? = nil, at now: Instant) -> TimeSpan {
        scaled(mean(type: type).nanoseconds, type: type, instance: instance, at: now)
    }

    /// The mean run time of a type on an average instance.
    @inline(always)
    func mean(type: Int32) -> TimeSpan {
        let isKnown = types[Int(type)].count > 0
        return isKnown ? TimeSpan(nanoseconds: types[Int(type)].mean) : priors[Int(type)]
    }

    /// The run time that a share of the type's attempts does not exceed; `nil` until there are
    /// enough to tell.
    func quantile(
        permille: Int64, type: Int32, instance: Int32? = nil, at now: Instant
    ) -> TimeSpan? {
        guard types[Int(type)].count >= Self.samplesForTail else { return nil }
        let value = types[Int(type)].quantile(permille: permille)
        return scaled(value, type: type, instance: instance, at: now)
    }

    func p95(type: Int32, instance: Int32? = nil, at now: Instant) -> TimeSpan? {
        quantile(permille: 950, type: type, instance: instance, at: now)
    }

    func p99(type: Int32, instance: Int32? = nil, at now: Instant) -> TimeSpan? {
        quantile(permille: 990, type: type, instance: instance, at: now)
    }

    func standardDeviation(type: Int32) -> TimeSpan {
        TimeSpan(nanoseconds: types[Int(type)].standardDeviation)
    }

    /// Beyond which run time an attempt on an average instance is worth a word: the p99 and what the
    /// histogram's error may account for, and at least twice the median, lest of types whose tasks
    /// all take the same time every hundredth be reported.
    func unusual(type: Int32, at now: Instant) -> TimeSpan? {
        guard let p99 = p99(type: type, at: now),
            let median = quantile(permille: 500, type: type, at: now)
        else { return nil }
        return TimeSpan(nanoseconds: max(Self.withMargin(p99), 2 * median.nanoseconds))
    }

    private static func withMargin(_ limit: TimeSpan) -> Int64 {
        limit.nanoseconds
            + limit.nanoseconds / 1_000 * DurationHistogram.relativeErrorPermille
    }

    /// Whether an attempt has run longer than 99 of 100 of its kind do on its instance, beyond what
    /// the histogram's error may account for.
    func isUnusuallySlow(
        _ elapsed: TimeSpan, type: Int32, instance: Int32, at now: Instant
    ) -> Bool {
        guard let limit = p99(type: type, instance: instance, at: now) else { return false }
        return elapsed > TimeSpan(nanoseconds: Self.withMargin(limit))
    }

    /// How much longer an instance takes than the average one, in `InstanceSpeed.one`.
    @inline(always)
    func ratio(type: Int32, instance: Int32, at now: Instant) -> Int64 {
        let own = speeds[Int(instance)].ratio(
            prior: poolRatio, squaredVariation: types[Int(type)].squaredVariation, at: now)
        return Self.relative(own, to: poolRatio)
    }

    /// Beside the pool's, within bounds.
    @inline(always)
    private static func relative(_ own: Int64, to pool: Int64) -> Int64 {
        let relative = own * InstanceSpeed.one / pool
        return min(
            max(relative, InstanceSpeed.bounds.lowerBound), InstanceSpeed.bounds.upperBound)
    }

    /// The standard error of an instance's ratio with this type, in `InstanceSpeed.one`, 1 at most:
    /// how much of a difference may be chance.
    ///
    /// - Parameter isStated: what plans state differs from the truth by less than tasks of a type
    ///   do from each other.
    func relativeError(type: Int32, isStated: Bool, instance: Int32, at now: Instant) -> Int64 {
        let variation = types[Int(type)].squaredVariation
        return speeds[Int(instance)].relativeError(
            squaredVariation: isStated ? min(variation, Self.squaredVariationOfPlans) : variation,
            at: now)
    }

    /// Plans are off by a quarter, in 1/1,024.
    private static let squaredVariationOfPlans: Int64 = 64

    /// A bound below the ratios of all instances whose samples have at least the given mean: an
    /// estimate lies between that mean and the pool's, but for what is lost in two divisions.
    func leastRatio(ofMean mean: Int64) -> Int64 {
        let own = max(1, min(mean, poolRatio) - 2)
        return max(own * InstanceSpeed.one / poolRatio, InstanceSpeed.bounds.lowerBound)
    }

    @inline(always)
    private mutating func weigh(_ weight: Int64, _ sum: Int64) {
        poolWeight += weight
        poolSum += sum
        poolRatio = poolWeight > 0 ? max(1, poolSum / poolWeight) : InstanceSpeed.one
    }

    /// A run time on an average instance, as it will be on a certain one.
    @inline(always)
    func scaled(
        _ nanoseconds: Int64, type: Int32, instance: Int32?, at now: Instant
    ) -> TimeSpan {
        guard let instance else { return TimeSpan(nanoseconds: nanoseconds) }
        // Up to 2^50 × 2^18: what overflows is longer than the longest.
        let ratio = ratio(type: type, instance: instance, at: now)
        let (product, overflow) = nanoseconds.multipliedReportingOverflow(by: ratio)
        return TimeSpan(
            nanoseconds: min(
                (overflow ? .max : product) / InstanceSpeed.one, DurationHistogram.longest))
    }

    private static func bounded(_ span: TimeSpan) -> TimeSpan {
        TimeSpan(nanoseconds: min(max(span.nanoseconds, 0), DurationHistogram.longest))
    }

    /// In the fixed point. At most 2^50 × 2^12.
    private static func quotient(_ sample: Int64, _ divisor: Int64) -> Int64 {
        sample * InstanceSpeed.one / divisor
    }
}
