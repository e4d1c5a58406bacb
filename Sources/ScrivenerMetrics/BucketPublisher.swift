// Histograms that were counted elsewhere. Where thousands of values come each millisecond, their
// owner counts them in plain integers; what came since the last time is handed over here.
// swift-metrics knows single values only, so that this goes around it where the backend is ours,
// and value by value where it is not.

import CoreMetrics

/// A recorder that takes values by bucket.
protocol BucketRecorder: RecorderHandler {
    /// - Parameters:
    ///   - counts: one for each bound, and one for what is beyond the last.
    ///   - sum: of the values.
    func add(_ counts: [Int64], sum: Double)
}

/// Hands counted values over.
package final class BucketPublisher: Sendable {
    private let handler: any RecorderHandler
    private let bounds: [Double]

    init(_ handler: any RecorderHandler, bounds: [Double]) {
        self.handler = handler
        self.bounds = bounds
    }

    /// - Parameters:
    ///   - counts: of new values: one for each bound, and one for what is beyond the last.
    ///   - sum: of the new values.
    package func add(_ counts: [Int64], sum: Double) {
        precondition(counts.count == bounds.count + 1, "there is one more count than bounds")
        if let handler = handler as? any BucketRecorder { return handler.add(counts, sum: sum) }
        for (place, count) in counts.enumerated() where count > 0 {
            let value = bounds[min(place, bounds.count - 1)]
            for _ in 0..<count { handler.record(value) }
        }
    }
}
