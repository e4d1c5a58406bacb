// What whoever holds an API token may do.

/// What a token allows. Each scope allows all that those before it do.
package enum TokenScope: String, Sendable, Codable, CaseIterable, Comparable {
    /// To look at everything.
    case read
    /// To open sessions and steer them.
    case submit
    /// To send workers away, and to copy the journal.
    case admin

    private var rank: Int {
        switch self {
        case .read: 0
        case .submit: 1
        case .admin: 2
        }
    }

    package static func < (left: TokenScope, right: TokenScope) -> Bool {
        left.rank < right.rank
    }
}
