// How long it takes until something is tried again.

import ScrivenerClient
import Testing

@Suite struct ReconnectBackoffTests {
    /// The longest that each wait may be.
    private struct Longest: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }

    private static func waits(_ count: Int, of backoff: inout ReconnectBackoff) -> [Double] {
        var longest = Longest()
        return (0..<count).compactMap { _ in
            backoff.next(outage: .zero, using: &longest).map { ($0 / .milliseconds(1)).rounded() }
        }
    }

    @Test func waitsGrowToALimit() {
        var backoff = ReconnectBackoff(budget: nil)
        #expect(
            Self.waits(7, of: &backoff) == [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000])
    }

    /// A coordinator answers, and breaks each stream off at once because it cannot follow: it is not asked again
    /// many times in a second. One that goes away for the first time in a while is.
    @Test(arguments: [(Duration.seconds(1), [1_000.0, 2_000]), (.seconds(5), [250, 500])])
    func onlyWhatLastedBeginsAnew(_ lasted: Duration, _ waits: [Double]) {
        var backoff = ReconnectBackoff(budget: nil)
        _ = Self.waits(2, of: &backoff)
        backoff.restart(afterLasting: lasted)
        #expect(Self.waits(2, of: &backoff) == waits)
    }

    @Test func anOutageIsGivenUp() {
        var backoff = ReconnectBackoff(budget: .seconds(30))
        var longest = Longest()
        #expect(backoff.next(outage: .seconds(29), using: &longest) != nil)
        #expect(backoff.next(outage: .seconds(30), using: &longest) == nil)
    }
}
