// The names that the coordinator answers to.

import NIOCore

/// Addresses, the names of this machine itself, and those that were allowed.
struct AllowedHosts: Sendable, CustomStringConvertible {
    private let names: Set<String>

    /// - Parameter names: beside `localhost`; letters of both cases are the same.
    init(_ names: [String]) { self.names = Set(names.map { $0.lowercased() }) }

    /// - Parameter authority: a host, and a port where there is one (RFC 9110, section 7.2).
    func isAllowed(authority: String) -> Bool {
        guard let host = Self.host(of: authority) else { return false }
        // Browsers take these for this machine without asking anybody.
        if host == "localhost" || host.hasSuffix(".localhost") || names.contains(host) {
            return true
        }
        return Self.isAddress(host)
    }

    var description: String {
        (["an IP address", "localhost"] + names.sorted()).joined(separator: ", ")
    }

    private static func host(of authority: String) -> String? {
        let lowered = authority.lowercased()
        // Without the port. The colons of an IPv6 address stand in brackets.
        let end = lowered.lastIndex(of: "]").map { lowered.index(after: $0) }
        let colon = lowered[(end ?? lowered.startIndex)...].firstIndex(of: ":")
        if let colon {
            let port = lowered[lowered.index(after: colon)...]
            guard !port.isEmpty, UInt16(port) != nil else { return nil }
        }
        let host = lowered[..<(colon ?? lowered.endIndex)]
        guard end == nil || host.endIndex == end else { return nil }
        return host.isEmpty ? nil : String(host)
    }

    private static func isAddress(_ host: String) -> Bool {
        if host.hasPrefix("["), host.hasSuffix("]") {
            return (try? SocketAddress(ipAddress: String(host.dropFirst().dropLast()), port: 0))?
                .protocol == .inet6
        }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }
}
