// Who may ask a route. There is no default: whoever adds a route says it.

import ScrivenerSecurity

/// What a route asks of whoever asks it.
enum RouteAccess: Sendable, CaseIterable {
    /// Nothing: probes, and what somebody needs to log in.
    case open
    case read
    case submit
    case admin

    /// The scope that a token must have; `nil` where none is needed.
    var scope: TokenScope? {
        switch self {
        case .open: nil
        case .read: .read
        case .submit: .submit
        case .admin: .admin
        }
    }
}
