// What monitoring is told of deliveries to callbacks.

import CoreMetrics
import ScrivenerMetrics
import ScrivenerStore

/// Handles for whoever delivers.
struct DeliveryMeters: Sendable {
    private let delivered: Counter
    private let retried: Counter
    private let givenUp: Counter
    private let pendingMeter: Meter

    init(_ factory: any MetricsFactory) {
        let attempts = CoordinatorMetrics.webhookAttempts
        delivered = attempts.counter(factory, ["delivered"])
        retried = attempts.counter(factory, ["retried"])
        givenUp = attempts.counter(factory, ["given_up"])
        pendingMeter = CoordinatorMetrics.webhooksPending.meter(factory)
    }

    func settled(_ verdict: DeliverySettlement.Verdict) {
        switch verdict {
        case .delivered: delivered.increment()
        case .retry: retried.increment()
        case .givenUp, .gone: givenUp.increment()
        }
    }

    func pending(_ count: Int) { pendingMeter.set(count) }
}
