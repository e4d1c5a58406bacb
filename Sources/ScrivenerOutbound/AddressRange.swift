// A range of addresses as operators write it (RFC 4632): `10.0.0.0/8`, `fd00::/8`, or one address.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Addresses that begin alike.
package struct AddressRange: Sendable, Equatable {
    /// 4 or 16, in the network's order.
    private let prefix: [UInt8]
    private let bits: Int

    /// - Returns: `nil` where the text is no range, and where an address has bits beyond the prefix: whoever
    ///   wrote it meant something else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let bytes = Self.bytes(String(parts[0])) else {
            return nil
        }
        let all = bytes.count * 8
        guard parts.count == 2 else {
            prefix = bytes
            bits = all
            return
        }
        guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = Int(parts[1]),
            bits <= all, bytes == Self.masked(bytes, bits)
        else { return nil }
        prefix = bytes
        self.bits = bits
    }

    package func contains(_ address: HostAddress) -> Bool {
        address.bytes.count == prefix.count && Self.masked(address.bytes, bits) == prefix
    }

    private static func masked(_ bytes: [UInt8], _ bits: Int) -> [UInt8] {
        bytes.enumerated().map { index, byte in
            let kept = min(8, max(0, bits - 8 * index))
            return byte & UInt8(truncatingIfNeeded: 0xFF00 >> kept)
        }
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
            var bytes = [UInt8](repeating: 0, count: count)
            if inet_pton(family, text, &bytes) == 1 { return bytes }
        }
        return nil
    }
}
