// Which addresses a plan's URL may make a coordinator connect to.

import Testing

@testable import ScrivenerOutbound

struct SpecialAddressTests {
    private let resolver = HostResolver(threads: 1)

    /// Both ends of each special range, and their neighbours.
    @Test(arguments: [
        ("0.0.0.0", false), ("0.255.255.255", false), ("1.0.0.0", true),
        ("9.255.255.255", true), ("10.0.0.0", false), ("10.255.255.255", false),
        ("11.0.0.0", true), ("100.63.255.255", true), ("100.64.0.0", false),
        ("100.127.255.255", false), ("100.128.0.0", true), ("127.0.0.1", false),
        ("128.0.0.1", true), ("169.253.255.255", true), ("169.254.169.254", false),
        ("169.255.0.0", true), ("172.15.255.255", true), ("172.16.0.0", false),
        ("172.31.255.255", false), ("172.32.0.0", true), ("192.0.0.1", false),
        ("192.0.1.0", true), ("192.0.2.1", false), ("192.88.99.1", false),
        ("192.167.255.255", true), ("192.168.1.1", false), ("192.169.0.0", true),
        ("198.17.255.255", true), ("198.18.0.0", false), ("198.19.255.255", false),
        ("198.20.0.0", true), ("198.51.100.1", false), ("203.0.113.1", false),
        ("223.255.255.255", true), ("224.0.0.1", false), ("240.0.0.1", false),
        ("255.255.255.255", false), ("8.8.8.8", true),
    ])
    func addressesOfFourBytes(text: String, isPublic: Bool) async throws {
        let found = try await resolver.addresses(of: text)
        #expect(found.map(\.text) == [text])
        #expect(found.map { SpecialAddress.isPublic($0.bytes) } == [isPublic])
        resolver.close()
    }

    @Test(arguments: [
        ("::", false), ("::1", false), ("::ffff:8.8.8.8", false), ("::ffff:127.0.0.1", false),
        ("::8.8.8.8", false), ("64:ff9b::808:808", true), ("64:ff9b::7f00:1", false),
        ("64:ff9b:1::808:808", false), ("100::1", false), ("1fff:ffff::1", false),
        ("2001::1", false), ("2001:1ff:ffff::1", false), ("2001:200::1", true),
        ("2001:db8::1", false), ("2001:db9::1", true), ("2002:7f00:1::1", false),
        ("2003::1", true), ("2606:4700:4700::1111", true), ("3ffe::1", true),
        ("3fff:0:1::1", false), ("3fff:fff::1", false), ("3fff:1000::1", true),
        ("4000::1", false), ("fc00::1", false), ("fd12:3456::1", false), ("fe80::1", false),
        ("fec0::1", false), ("ff02::1", false),
    ])
    func addressesOfSixteenBytes(text: String, isPublic: Bool) async throws {
        let found = try await resolver.addresses(of: text)
        #expect(found.map { SpecialAddress.isPublic($0.bytes) } == [isPublic], "\(found)")
        resolver.close()
    }

    /// Loopback can be written in many ways. What counts is the address that comes of it.
    @Test(arguments: ["127.1", "0x7f000001", "2130706433", "017700000001", "localhost"])
    func otherSpellingsOfLoopback(host: String) async throws {
        let found = try await resolver.addresses(of: host)
        #expect(!found.isEmpty)
        #expect(found.allSatisfy { !SpecialAddress.isPublic($0.bytes) }, "\(found)")
        resolver.close()
    }

    @Test func aNameThatIsNoneHasNoAddress() async {
        await #expect(throws: ResolutionFailure.self) {
            try await resolver.addresses(of: "no-such-host.invalid")
        }
        resolver.close()
    }
}
