// What monitoring is told of enrolments.

import CoreMetrics
import ScrivenerMetrics
import ScrivenerModel

/// Handles for whoever looks after keys.
struct KeyMeters: Sendable {
    /// As which enrolments are refused.
    private static let codes = [
        ErrorCode.accessDenied, .overloaded, .protocolError, .registrationInvalid,
    ]

    private let listed: Counter
    private let refused: [ErrorCode: Counter]

    init(_ factory: any MetricsFactory) {
        let enrolments = CoordinatorMetrics.enrolments
        listed = enrolments.counter(factory, ["listed"])
        refused = Dictionary(
            uniqueKeysWithValues: Self.codes.map {
                ($0, enrolments.counter(factory, [$0.rawValue]))
            })
    }

    func answered(_ answer: EnrolmentAnswer) {
        switch answer {
        case .listed: listed.increment()
        case .refused(let code, _): refused[code]?.increment()
        }
    }
}
