// What can go wrong between a program and a coordinator.

/// A request that did not give what was asked for.
package enum APIError: Error, Sendable, Equatable {
    /// Nobody listens there.
    case refused(CoordinatorAddress)
    /// The host has no address.
    case unresolved(CoordinatorAddress, reason: String)
    /// Whoever listens there does not speak TLS, or is nobody that is trusted.
    case untrusted(CoordinatorAddress, reason: String)
    /// Connected, but no answer, or only part of one.
    case broken(CoordinatorAddress, reason: String)
    /// The connection is used no more, by this side's own decision.
    case closed(CoordinatorAddress)
    /// An answer that says no.
    case problem(APIProblem, request: String)
    /// An answer that this version does not understand.
    case unreadable(request: String, reason: String)

    /// Whether the same request may succeed soon.
    package var isPassing: Bool {
        switch self {
        case .refused, .unresolved, .broken: true
        case .problem(let problem, _): [429, 502, 503, 504].contains(problem.status ?? 0)
        case .untrusted, .closed, .unreadable: false
        }
    }
}
