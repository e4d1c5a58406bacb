// What the model says of run times whose truth the test knows.

import ScrivenerModel
import Testing

@testable import ScrivenerCore

@Suite struct DurationModelTests {
    /// A draw from the exponential distribution.
    private func exponential(_ mean: Double, _ random: inout SeededGenerator) -> Double {
        // No Foundation, so no logarithm: a table of the distribution's quantiles.
        let steps = Self.exponentialQuantiles
        return mean * steps[Int.random(in: 0..<steps.count, using: &random)]
    }

    /// −ln(1 − (i + ½)/1000) by integrating 1/(1 − u) with the midpoint rule.
    private static let exponentialQuantiles: [Double] = {
        var total = 0.0
        return (0..<1_000).map { index in
            let here = total
            for step in 0..<100 {
                total += 1e-5 / (1 - (Double(index) + (Double(step) + 0.5) / 100) / 1_000)
            }
            return (here + total) / 2
        }
    }()

    private func learned(
        _ samples: [Double], _ model: DurationModel = DurationModel()
    ) -> DurationModel {
        var model = model
        let (type, instance) = (model.addType(prior: .seconds(1)), model.addInstance())
        for sample in samples {
            model.learn(.seconds(sample), type: type, instance: instance, at: .zero)
        }
        return model
    }

    // MARK: Quantiles

    /// The stated error, for every value from a nanosecond to 13 days.
    @Test func theHistogramsErrorIsAsStated() {
        var worst = 0.0
        var value: Int64 = 1
        var last: UInt16 = 0
        while value < DurationHistogram.longest {
            let bucket = DurationHistogram.bucket(value)
            #expect(bucket >= last)
            last = bucket
            let middle = Double(DurationHistogram.middle(Int(bucket)))
            worst = max(worst, abs(middle - Double(value)) / Double(value))
            value += max(1, value / 97)
        }
        #expect(worst <= 1.0 / 16.9, "\(worst)")
        #expect(DurationHistogram.bucket(DurationHistogram.longest) < 512)
    }

    /// Quantiles against those of the sorted samples, over scales from microseconds to hours.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func quantilesAreWithinTheError(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let mean = Double(1 << Int.random(in: 0...40, using: &random)) * 1_000
        var histogram = DurationHistogram()
        var samples: [Int64] = []
        for _ in 0..<1_000 {
            let sample = Int64(exponential(mean, &random)) + 1
            samples.append(sample)
            _ = histogram.add(sample)
        }
        samples.sort()
        for permille in [250, 500, 900, 950, 990, 999] as [Int64] {
            let truth = Double(samples[Int(permille) - 1])
            let told = Double(histogram.quantile(permille: permille))
            #expect(abs(told - truth) <= truth * 0.06 + 1, "\(permille): \(told), truth \(truth)")
        }
        #expect(histogram.counts.count <= DurationHistogram.maximumBuckets)
    }

    /// A type that runs for microseconds or for hours: 64 buckets, and the slow tail stays true.
    @Test func wideSpansKeepTheTail() {
        var histogram = DurationHistogram()
        for index in 0..<1_000 {
            let sample: Int64 = index % 10 == 0 ? 7_200_000_000_000 : 3_000 + Int64(index)
            _ = histogram.add(sample)
        }
        #expect(histogram.counts.count <= 64)
        #expect(histogram.total == 1_000)
        let p95 = Double(histogram.quantile(permille: 950))
        #expect(abs(p95 / 7.2e12 - 1) < 0.06)
    }

    /// Ageing must not eat the tail: one slow task in a hundred is still there after ten thousand.
    @Test func ageingKeepsTheTail() {
        var random = SeededGenerator(seed: 1)
        let samples = (0..<10_000).map { _ in
            Int.random(in: 0..<50, using: &random) == 0
                ? 10 + Double(Int.random(in: 0..<20, using: &random)) : 1.0
        }
        let model = learned(samples)
        let p99 = model.p99(type: 0, at: .zero)?.seconds ?? 0
        #expect((9.0...31).contains(p99), "\(p99)")
        #expect((512..<1_024).contains(model.types[0].count))
        // 2 % × 20 s and 98 % × 1 s.
        #expect((1.1...1.7).contains(model.estimate(type: 0, at: .zero).seconds))
    }

    /// A new version of an agent is three times faster: believed after some hundreds of tasks.
    @Test func whatIsOldIsForgotten() {
        let model = learned(
            Array(repeating: 3.0, count: 5_000) + Array(repeating: 1, count: 3_000))
        #expect((0.9...1.2).contains(model.estimate(type: 0, at: .zero).seconds))
    }

    @Test func meanAndDeviation() {
        let model = learned((0..<500).map { Double($0 % 5 + 1) })
        #expect(abs(model.types[0].mean - 3_000_000_000) < 40_000_000)
        #expect(abs(model.standardDeviation(type: 0).seconds - 1.41) < 0.05)
        for root in [0, 1, 2, 3, 4, 15, 16, 17, 1 << 40] as [UInt128] {
            #expect(DurationStatistics.squareRoot(root * root) == root)
            #expect(DurationStatistics.squareRoot(root * root + 2 * root) == root)
        }
        #expect(DurationStatistics.squareRoot(.max) == UInt128(UInt64.max))
    }

    // MARK: Instances

    /// Speeds 1×, 1×, 2×, 4× and three types; one type has never been on the fastest machine.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func speedsAreLearnedAcrossTypes(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var model = DurationModel()
        let (factors, means) = ([1, 1, 0.5, 0.25], [1.0, 20, 0.05])
        for _ in means { _ = model.addType(prior: .seconds(1)) }
        for _ in factors { _ = model.addInstance() }
        for _ in 0..<1_200 {
            let type = Int.random(in: 0..<3, using: &random)
            let instance = Int.random(in: 0..<(type == 2 ? 3 : 4), using: &random)
            let noise = Double(Int.random(in: 700...1_300, using: &random)) / 1_000
            model.learn(
                .seconds(means[type] * factors[instance] * noise), type: Int32(type),
                instance: Int32(instance), at: .zero)
        }
        for (type, mean) in means.enumerated() {
            for (instance, factor) in factors.enumerated() {
                let told = model.estimate(
                    type: Int32(type), instance: Int32(instance), at: .zero
                ).seconds
                #expect(
                    abs(told / (mean * factor) - 1) < 0.15,
                    "type \(type) on \(instance): \(told), truth \(mean * factor)")
            }
        }
    }

    /// One unlucky task says little about a machine; twenty say much; a silent hour takes it back.
    @Test func fewSamplesAreShrunk() {
        var model = DurationModel()
        let type = model.addType(prior: .seconds(1))
        let (usual, new) = (model.addInstance(), model.addInstance())
        var random = SeededGenerator(seed: 2)
        for _ in 0..<300 {
            let sample = TimeSpan.seconds(exponential(1, &random))
            model.learn(sample, type: type, instance: usual, at: .zero)
        }
        func estimate(at now: Instant = .zero) -> Double {
            let told = model.estimate(type: type, instance: new, at: now).seconds
            return told / model.estimate(type: type, instance: usual, at: now).seconds
        }
        #expect((0.8...1.2).contains(estimate()), "\(estimate())")
        model.learn(.seconds(5), type: type, instance: new, at: .zero)
        #expect((1.3...2.4).contains(estimate()), "\(estimate())")
        for _ in 0..<30 { model.learn(.seconds(5), type: type, instance: new, at: .zero) }
        #expect((3.2...5.5).contains(estimate()), "\(estimate())")
        // An hour in which it was given nothing.
        let later = Instant.zero.advanced(by: .seconds(3_600))
        #expect((0.8...2).contains(estimate(at: later)), "\(estimate(at: later))")
    }

    /// A host hangs for six seconds with four short tasks, and is no slow host for that; one that
    /// takes ten times as long with each task is soon known to be one.
    @Test func oneHiccupIsNoSpeed() {
        func ratio(_ samples: [Double]) -> Double {
            var model = DurationModel()
            let type = model.addType(prior: .seconds(1))
            let (usual, other) = (model.addInstance(), model.addInstance())
            var random = SeededGenerator(seed: 4)
            for _ in 0..<200 {
                let sample = TimeSpan.seconds(exponential(0.1, &random))
                model.learn(sample, type: type, instance: usual, at: .zero)
            }
            for _ in 0..<10 {
                let sample = TimeSpan.seconds(exponential(0.1, &random))
                model.learn(sample, type: type, instance: other, at: .zero)
            }
            for sample in samples {
                model.learn(.seconds(sample), type: type, instance: other, at: .zero)
            }
            return Double(model.ratio(type: type, instance: other, at: .zero))
                / Double(model.ratio(type: type, instance: usual, at: .zero))
        }
        #expect(ratio([]) < 1.5)
        #expect(ratio([6, 6, 6, 6]) < 3, "\(ratio([6, 6, 6, 6]))")
        let slow = ratio(Array(repeating: 1, count: 20))
        #expect(slow > 4, "\(slow)")
    }

    /// What a difference between instances may be by chance: much with few samples of a type whose
    /// run times say little, and little with many of one whose do.
    @Test(arguments: [(0.1, 4, 0.05), (0.1, 64, 0.0125), (1, 12, 0.25), (3, 20, 0.5), (3, 84, 0.3)])
    func theErrorOfARatio(_ variation: Double, _ samples: Int, _ error: Double) {
        var speed = InstanceSpeed()
        let squared = Int64(variation * variation * 1_024)
        #expect(speed.relativeError(squaredVariation: squared, at: .zero) == InstanceSpeed.one)
        for _ in 0..<samples {
            speed.add(InstanceSpeed.one, estimate: InstanceSpeed.one, at: .zero)
        }
        let told = Double(speed.relativeError(squaredVariation: squared, at: .zero))
        #expect(abs(told / Double(InstanceSpeed.one) - error) < 0.1 * error, "\(told / 4_096)")
        // After an hour of silence hardly anything is known.
        let later = Instant.zero.advanced(by: .seconds(3_600))
        #expect(
            Double(speed.relativeError(squaredVariation: squared, at: later)) >= told)
    }

    /// A host that is always half as fast is believed to be so, however many tasks it has run: the old
    /// ones count for less, and as what they were.
    @Test func manySamplesDoNotShiftTheMean() {
        var speed = InstanceSpeed()
        for count in 1...2_000 as ClosedRange<Int64> {
            speed.add(2 * InstanceSpeed.one, estimate: InstanceSpeed.one, at: .zero)
            #expect(speed.mean == 2 * InstanceSpeed.one)
            #expect(speed.weight <= 16 * min(count, InstanceSpeed.capacity))
        }
        // After a night of silence nothing is left of it.
        let later = Instant.zero.advanced(by: .seconds(36_000))
        let ratio = speed.ratio(prior: 77, squaredVariation: 64, at: later)
        #expect(ratio == 77)
    }

    /// An unknown type is believed to be as long as its weight says, and only until it is seen.
    @Test func thePriorStandsUntilTheFirstSample() {
        var model = DurationModel()
        let type = model.addType(prior: .seconds(8))
        let instance = model.addInstance()
        #expect(model.estimate(type: type, instance: instance, at: .zero) == .seconds(8))
        #expect(model.p99(type: type, at: .zero) == nil)
        model.learn(.milliseconds(4), type: type, instance: instance, at: .zero)
        #expect(model.estimate(type: type, at: .zero) == .milliseconds(4))
    }

    /// Beyond its own p99: a task that hangs is seen, one on a slow machine is not.
    @Test func unusuallySlow() {
        var model = DurationModel()
        let type = model.addType(prior: .seconds(1))
        let instances = (0..<2).map { _ in model.addInstance() }
        for index in 0..<400 {
            let seconds = 1 + Double(index % 10) / 100
            model.learn(.seconds(seconds), type: type, instance: instances[0], at: .zero)
            model.learn(.seconds(5 * seconds), type: type, instance: instances[1], at: .zero)
        }
        func isSlow(_ seconds: Double, _ place: Int) -> Bool {
            model.isUnusuallySlow(
                .seconds(seconds), type: type, instance: instances[place], at: .zero)
        }
        #expect(!isSlow(1.09, 0) && isSlow(2, 0))
        #expect(!isSlow(5.45, 1) && isSlow(10, 1))
        var unknown = DurationModel()
        let new = unknown.addType(prior: .seconds(1))
        #expect(
            !unknown.isUnusuallySlow(
                .seconds(1e6), type: new, instance: unknown.addInstance(), at: .zero))
    }

    // MARK: The journal

    /// Saved and restored, and then taught the same: the same to the last integer.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func restoredExactly(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var model = DurationModel()
        for index in 0..<20 { _ = model.addType(prior: .seconds(Double(index))) }
        for _ in 0..<10 { _ = model.addInstance() }
        func teach(_ model: inout DurationModel, _ random: inout SeededGenerator) {
            for step in 0..<3_000 {
                // Type 19 and instance 9 are never seen.
                model.learn(
                    .seconds(exponential(2, &random)), type: .random(in: 0..<19, using: &random),
                    instance: .random(in: 0..<9, using: &random),
                    at: Instant(nanoseconds: Int64(step) * 500_000_000))
            }
        }
        teach(&model, &random)
        var restored = try #require(DurationModel(model.columns))
        #expect(restored == model)
        var again = random
        teach(&model, &random)
        teach(&restored, &again)
        #expect(restored == model)
    }

    /// A journal that was tampered with is refused, and traps nowhere.
    @Test func damagedColumnsAreRefused() {
        let good = learned((0..<100).map(Double.init)).columns
        #expect(DurationModel(good) != nil)
        let damages: [(inout DurationColumns) -> Void] = [
            { $0.sums = [] }, { $0.sums[0] = -1 }, { $0.sums[0] = .max },
            { $0.bucketEnds[0] = 9_999 }, { $0.bucketEnds[0] = -1 },
            { $0.lowestBuckets[0] = .max }, { $0.buckets[0] = .max },
            { $0.squaresHigh[0] = .max }, { $0.priors[0] = -1 }, { $0.speedWeights[0] = .max },
            { $0.speedSums[0] = .max }, { $0.speedTimes = [] },
        ]
        for (index, damage) in damages.enumerated() {
            var columns = good
            damage(&columns)
            #expect(DurationModel(columns) == nil, "damage \(index)")
        }
    }

    /// Run times from outside: nothing that a worker reports can trap, and the model is bounded.
    @Test func lyingWorkers() {
        var model = DurationModel()
        let (type, instance) = (model.addType(prior: .zero), model.addInstance())
        let lies = [Int64.min, -1, 0, 1, .max]
        for index in 0..<5_000 {
            model.learn(
                TimeSpan(nanoseconds: lies[index % 5]), type: type, instance: instance,
                at: Instant(nanoseconds: index % 7 == 0 ? .max : 0))
            _ = model.estimate(type: type, instance: instance, at: .distantFuture)
            _ = model.p99(type: type, instance: instance, at: .zero)
        }
        for _ in 0..<5_000 { _ = model.addType(prior: TimeSpan(nanoseconds: .max)) }
        #expect(model.types.count == DurationModel.maximumTypes)
        #expect(DurationModel(model.columns) == model)
    }

    /// Thirty per cent of failures are seen as such, one is not, and a quiet while forgives.
    @Test func errorRates() {
        var rate = ErrorRate()
        rate.add(.failure, at: .zero)
        #expect(rate.permille(at: .zero) == 200)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let fails = Int.random(in: 0..<10, using: &random) < 3
            rate.add(fails ? .failure : .success, at: .zero)
            rate.add(.neutral, at: .zero)
        }
        #expect((150...420).contains(rate.permille(at: .zero)))
        #expect(rate.permille(at: Instant.zero.advanced(by: .seconds(3_600))) == 0)
    }
}
