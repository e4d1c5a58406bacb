// Names and what they stand for.

/// An address that a name stands for.
package struct HostAddress: Sendable, Hashable {
    /// 4 or 16, in the network's order.
    package var bytes: [UInt8]
    /// As it is written.
    package var text: String

    package init(bytes: [UInt8], text: String) {
        self.bytes = bytes
        self.text = text
    }
}

/// Why a name has no address.
package struct ResolutionFailure: Error, Equatable {
    package var reason: String

    package init(reason: String) { self.reason = reason }
}

/// Finds the addresses of names.
package protocol NameResolver: Sendable {
    /// In the order in which they are to be tried; at least one.
    ///
    /// - Throws: `ResolutionFailure`, and `CancellationError`.
    func addresses(of host: String) async throws -> [HostAddress]

    /// Nobody asks any more.
    func close()
}
