// Where a coordinator may be, and what is asked of it there.

import Testing

@testable import ScrivenerClient

struct CoordinatorAddressTests {
    @Test(arguments: [
        "", "127.0.0.1:7411", "ftp://host", "http://", "http://:80", "http://host:0",
        "http://host:70000", "http://user@host", "http://host?x=1", "http://hö.st",
    ])
    func whatIsNoAddressIsRefused(text: String) {
        #expect(CoordinatorAddress(text) == nil)
    }

    /// An id from outside stays one part of the path, whatever is in it.
    @Test func partsOfThePathAreEscaped() throws {
        let address = try #require(CoordinatorAddress("https://host:8443/below/"))
        #expect(address.url(["v1", "a/b", ".."]) == "https://host:8443/below/v1/a%2Fb/%2E%2E")
        #expect(address.url(["s"], query: [("since", "1 2")]).hasSuffix("/s?since=1%202"))
    }

    /// Answers are compressed for those who are far away.
    @Test(arguments: [
        ("http://127.0.0.1:7411", true), ("http://localhost", true), ("http://LOCALHOST:1/", true),
        ("http://[::1]:7411", true), ("http://localhost.example.org", false),
        ("https://pool.example.org", false), ("http://10.0.0.1:7411", false),
    ])
    func whatIsOnThisHostIsKnown(text: String, isLoopback: Bool) throws {
        #expect(try #require(CoordinatorAddress(text)).isLoopback == isLoopback)
    }

    /// Who waits for a coordinator asks less and less often, and for no longer than it was told to.
    @Test func waitsGrowUpToABudget() {
        var generator = SystemRandomNumberGenerator()
        var backoff = ReconnectBackoff(budget: .seconds(60))
        for attempt in 0..<20 {
            let wait = backoff.next(outage: .seconds(59), using: &generator) ?? .seconds(-1)
            let ceiling = min(.seconds(5), Duration.milliseconds(250) * (1 << min(attempt, 8)))
            #expect(wait >= .zero && wait <= ceiling)
        }
        #expect(backoff.next(outage: .seconds(60), using: &generator) == nil)
        var patient = ReconnectBackoff(budget: nil)
        #expect(patient.next(outage: .seconds(86_400), using: &generator) != nil)
    }
}
