// Which addresses may be dialled. What decides is the address that a name stands for, never the name:
// whoever has a domain can let it stand for anything.

/// Whom requests may reach.
package enum AddressRule: Sendable, Equatable {
    /// Also this machine, private networks, and whatever else is special. For URLs that the operator
    /// configured: an agent, a model or a server of tools on `localhost` is the usual case.
    case any
    /// Public addresses, and those in the ranges. For URLs that come from elsewhere: plans, search results,
    /// pages, answers.
    case `public`(and: [AddressRange])

    /// Public addresses and no others.
    package static let publicOnly = AddressRule.public(and: [])

    package func allows(_ address: HostAddress) -> Bool {
        switch self {
        case .any: true
        case .public(let ranges):
            SpecialAddress.isPublic(address.bytes) || ranges.contains { $0.contains(address) }
        }
    }
}
