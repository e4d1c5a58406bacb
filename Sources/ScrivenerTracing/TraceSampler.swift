// Which traces are recorded: the samplers of the OpenTelemetry specification, under its names.

import ScrivenerModel

/// Decides when a span begins whether it is recorded.
package struct TraceSampler: Sendable, Equatable {
    /// The share of traces that is recorded; 0…1.
    package var ratio: Double
    /// Whether what has a parent does as the parent does.
    package var followsParent: Bool

    package init(ratio: Double, followsParent: Bool = true) {
        self.ratio = ratio
        self.followsParent = followsParent
    }

    /// What the specification has where nothing else is said.
    package static let standard = TraceSampler(ratio: 1)

    package static let names = [
        "always_on", "always_off", "traceidratio", "parentbased_always_on",
        "parentbased_always_off", "parentbased_traceidratio",
    ]

    /// - Parameters:
    ///   - name: one of `names`.
    ///   - ratio: of those that have one.
    package init?(name: String, ratio: Double = 1) {
        guard Self.names.contains(name) else { return nil }
        followsParent = name.hasPrefix("parentbased_")
        if name.hasSuffix("always_on") {
            self.ratio = 1
        } else if name.hasSuffix("always_off") {
            self.ratio = 0
        } else {
            self.ratio = ratio
        }
    }

    /// The same for every span of a trace, whoever asks.
    func records(_ trace: TraceID, below parent: TraceContext?) -> Bool {
        if followsParent, let parent { return parent.isSampled }
        if ratio >= 1 { return true }
        return Double(trace.low >> 1) < ratio * 0x1p63
    }
}
