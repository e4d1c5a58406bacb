// Wrong tokens by address, in time that only the test moves.

import NIOCore
import ScrivenerModel
import Testing

@testable import ScrivenerHTTP

@Suite struct FailedAttemptsTests {
    private static func at(_ seconds: Double) -> Instant {
        Instant.zero.advanced(by: .seconds(seconds))
    }

    private static func address(_ text: String) throws -> SocketAddress {
        try SocketAddress(ipAddress: text, port: 1)
    }

    @Test func tenAreAnsweredAndThenOneEverySixSeconds() throws {
        var failures = FailedAttempts()
        let address = try Self.address("192.0.2.1")
        let verdicts = (0..<11).map { _ in failures.fail(address, at: Self.at(0)) }
        #expect(verdicts.prefix(9).allSatisfy { $0 == .counted(isLast: false) })
        #expect(verdicts[9] == .counted(isLast: true))
        #expect(verdicts[10] == .tooMany(retryAfterSeconds: 6))
        #expect(failures.fail(address, at: Self.at(5)) == .tooMany(retryAfterSeconds: 1))
        #expect(failures.fail(address, at: Self.at(6)) == .counted(isLast: true))
        #expect(failures.fail(address, at: Self.at(6)) == .tooMany(retryAfterSeconds: 6))
        let other = try Self.address("192.0.2.2")
        #expect(failures.fail(other, at: Self.at(6)) == .counted(isLast: false))
        #expect(failures.fail(address, at: Self.at(600)) == .counted(isLast: false))
    }

    /// Of IPv6 anybody has as many addresses as he likes within his network.
    @Test(arguments: [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", false), ("2001:db8::1", "2001:db8::2", true),
        ("::1", "::2", true), ("2001:0:0:7:1:2:3:4", "2001:0:0:8:1:2:3:4", false),
        ("::ffff:192.0.2.1", "192.0.2.1", true), ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
    ])
    func aNetworkCountsAsOne(first: String, second: String, same: Bool) throws {
        var failures = FailedAttempts()
        for _ in 0..<10 { _ = failures.fail(try Self.address(first), at: Self.at(0)) }
        let verdict = failures.fail(try Self.address(second), at: Self.at(0))
        #expect((verdict == .tooMany(retryAfterSeconds: 6)) == same)
    }

    /// Somebody with a million addresses fills a table, and not the memory.
    @Test func addressesAreBounded() throws {
        var failures = FailedAttempts()
        let limit = FailedAttempts.maximumAddresses
        for number in 0..<limit + 500 {
            let address = try Self.address("10.1.\(number / 256).\(number % 256)")
            _ = failures.fail(address, at: Self.at(0))
        }
        // Those that find no place share one.
        #expect(failures.count == limit + 1)
        let late = try Self.address("10.2.0.1")
        #expect(failures.fail(late, at: Self.at(0)) == .tooMany(retryAfterSeconds: 6))
        #expect(failures.fail(late, at: Self.at(60)) == .counted(isLast: false))
        #expect(failures.count == 1, "those that have recovered are forgotten")
    }
}
