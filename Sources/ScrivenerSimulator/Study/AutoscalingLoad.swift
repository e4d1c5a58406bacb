// What the study of autoscaling has to do: sessions that come more or less often as time goes by. Each is
// two tasks, and a third that needs both: so what becomes ready is partly foreseen.

import ScrivenerCore
import ScrivenerModel

/// How much there is to do, over time.
package enum AutoscalingLoad: String, Sendable, CaseIterable {
    /// Ten times as much for 120 s, every 480 s.
    case bursts
    /// Ten times as much within 300 s, for 60 s, and back within 300 s; every 900 s.
    case ramps
    /// Ten times as much within 240 s, and back at once.
    case sawtooth

    /// The peak, as a multiple of the base.
    static let peak = 10.0
    /// For how long work comes, in seconds.
    static let length = 1_800

    /// How much work comes at a moment, as a multiple of the base.
    func factor(at seconds: Double) -> Double {
        let rise = Self.peak - 1
        switch self {
        case .bursts:
            let place = seconds.truncatingRemainder(dividingBy: 480)
            return place >= 240 && place < 360 ? Self.peak : 1
        case .ramps:
            let place = seconds.truncatingRemainder(dividingBy: 900)
            if place >= 120, place < 420 { return 1 + rise * (place - 120) / 300 }
            if place >= 420, place < 480 { return Self.peak }
            return place >= 480 && place < 780 ? Self.peak - rise * (place - 480) / 300 : 1
        case .sawtooth:
            return 1 + rise * seconds.truncatingRemainder(dividingBy: 240) / 240
        }
    }

    /// The mean of the factor over all of the time.
    var meanFactor: Double {
        (0..<Self.length).reduce(0) { $0 + factor(at: Double($1)) } / Double(Self.length)
    }
}

/// A session of the study.
struct AutoscalingArrival: Sendable {
    /// Task types, and how long each takes on the average, in seconds. The last task needs the others.
    static let types = [("search", 2.0), ("extraction", 5.0), ("analysis", 12.0)]
    static let work = types.reduce(0) { $0 + $1.1 }

    var at: Instant
    /// By task.
    var runTimes: [TimeSpan]

    /// - Parameter base: how many slots the least load keeps busy.
    static func all(
        of load: AutoscalingLoad, base: Double, random: inout SeededGenerator
    ) -> [AutoscalingArrival] {
        // Poisson, in steps that are short beside the time between two sessions.
        let step = 0.01
        return (0..<AutoscalingLoad.length * 100).compactMap { number in
            let seconds = Double(number) * step
            let rate = load.factor(at: seconds) * base / work
            guard random.chance(rate * step) else { return nil }
            return AutoscalingArrival(
                at: Instant.zero.advanced(by: .seconds(seconds)),
                runTimes: types.map { _, mean in
                    // Log-normal with a sigma of 0.5 and this mean.
                    .seconds(mean * Statistics.exponential(0.5 * random.normal() - 0.125))
                })
        }
    }
}
