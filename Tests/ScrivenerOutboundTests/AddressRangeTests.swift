// What operators allow beside public addresses.

import ScrivenerOutbound
import Testing

struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false),
        ("192.168.4.0/23", "192.168.5.9", true), ("192.168.4.0/23", "192.168.6.0", false),
        ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false),
        ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
        ("fd00::/8", "fd12::1", true), ("fd00::/8", "fe00::1", false), ("::1", "::1", true),
    ])
    func aRangeHoldsTheAddressesThatBeginLikeIt(
        range: String, address: String, isIn: Bool
    ) async throws {
        let resolver = HostResolver(threads: 1)
        defer { resolver.close() }
        let found = try await resolver.addresses(of: address)
        let range = try #require(AddressRange(range))
        #expect(found.map { range.contains($0) } == [isIn])
    }

    @Test(arguments: [
        "", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/+8",
        "::1/129", "localhost", "10.0.0.0/8/8", "fd00::1/8",
    ])
    func whatIsNoRangeIsRefused(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
