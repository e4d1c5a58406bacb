// Which addresses are not the public Internet: IANA's registries of special-purpose addresses
// (RFC 6890 and what followed it). Of IPv6 what is global unicast is listed and everything else is
// special, so that what is assigned one day is not open before somebody has looked at it.

/// Tells public addresses from all others.
package enum SpecialAddress {
    /// - Parameter bytes: 4 of an IPv4 address or 16 of an IPv6 address, in the network's order.
    package static func isPublic(_ bytes: [UInt8]) -> Bool {
        switch bytes.count {
        case 4: isPublicV4(bytes[...])
        case 16: isPublicV6(bytes)
        default: false
        }
    }

    private static let specialV4: [(UInt32, bits: UInt32)] = [
        (0x0000_0000, 8),  // "this network"
        (0x0A00_0000, 8),  // private
        (0x6440_0000, 10),  // carrier-grade NAT
        (0x7F00_0000, 8),  // loopback
        (0xA9FE_0000, 16),  // link-local, with the metadata services of clouds
        (0xAC10_0000, 12),  // private
        (0xC000_0000, 24),  // protocol assignments
        (0xC000_0200, 24),  // documentation
        (0xC058_6300, 24),  // 6to4 relays
        (0xC0A8_0000, 16),  // private
        (0xC612_0000, 15),  // benchmarks
        (0xC633_6400, 24),  // documentation
        (0xCB00_7100, 24),  // documentation
        (0xE000_0000, 4),  // multicast
        (0xF000_0000, 4),  // reserved, and broadcast
    ]

    private static func isPublicV4(_ bytes: ArraySlice<UInt8>) -> Bool {
        let address = bytes.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return !specialV4.contains { address >> (32 - $0.bits) == $0.0 >> (32 - $0.bits) }
    }

    /// Within 2000::/3.
    private static let specialV6: [(prefix: [UInt8], bits: Int)] = [
        ([0x20, 0x01, 0x00], 23),  // protocol assignments, with Teredo
        ([0x20, 0x01, 0x0D, 0xB8], 32),  // documentation
        ([0x20, 0x02], 16),  // 6to4: stands for any IPv4 address
        ([0x3F, 0xFF, 0x00], 20),  // documentation
    ]
    /// Stands for IPv4 addresses where a network has none of its own (NAT64, RFC 6052).
    private static let translated: [UInt8] = [0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0]

    private static func isPublicV6(_ bytes: [UInt8]) -> Bool {
        if bytes.starts(with: translated) { return isPublicV4(bytes[12...]) }
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        return !specialV6.contains { matches(bytes, $0.prefix, bits: $0.bits) }
    }

    private static func matches(_ bytes: [UInt8], _ prefix: [UInt8], bits: Int) -> Bool {
        let whole = bits / 8
        guard bytes.prefix(whole).elementsEqual(prefix.prefix(whole)) else { return false }
        guard bits % 8 > 0 else { return true }
        let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
        return bytes[whole] & mask == prefix[whole] & mask
    }
}
