// What follows from an attempt at a delivery, in virtual time.

import ScrivenerModel
import ScrivenerStore
import Testing

@testable import ScrivenerCoordinator

struct DeliveryPolicyTests {
    private let policy = DeliveryPolicy()
    private static let event = WallTime(millisecondsSince1970: 1_700_000_000_000)

    private func delivery(attempts: Int = 0) -> DueDelivery {
        DueDelivery(
            message: CallbackMessage(
                key: CallbackKey(session: 1, place: 0), ordinal: 1, id: "msg_1",
                event: .sessionCompleted, at: Self.event, body: []),
            sessionID: "s", host: "h", url: "https://h/", secret: "", attempts: attempts)
    }

    private func verdict(
        _ outcome: DeliveryOutcome, attempts: Int = 0, after age: TimeSpan = .zero,
        random: some RandomNumberGenerator = Constant(word: 1)
    ) -> DeliverySettlement.Verdict? {
        var random = random
        return policy.settlement(
            of: delivery(attempts: attempts), outcome, at: Self.event.advanced(by: age),
            using: &random
        )?.verdict
    }

    @Test(arguments: [200, 201, 202, 204, 299])
    func everySuccessIsOne(status: Int) {
        #expect(verdict(.answered(status: status, retryAfter: nil)) == .delivered)
    }

    /// Also redirects: where they lead to is for whoever wrote the plan to say.
    @Test(arguments: [301, 302, 307, 400, 401, 404, 429, 500, 503])
    func everythingElseIsTriedAgain(status: Int) {
        #expect(
            verdict(.answered(status: status, retryAfter: nil)) == .retry(at: Self.event))
    }

    @Test func whoIsGoneIsLeftAlone() {
        #expect(verdict(.answered(status: 410, retryAfter: nil)) == .gone)
    }

    /// The coordinator stops: that is nobody's failure.
    @Test func whatWasAbandonedWasNoAttempt() {
        #expect(verdict(.abandoned) == nil)
    }

    /// At most 5 s, then twice as much each time, up to an hour; from nothing on, so that those who
    /// failed together come back one by one.
    @Test(arguments: [(1, 5), (2, 10), (3, 20), (9, 1_280), (10, 2_560), (11, 3_600), (99, 3_600)])
    func delaysGrowUpToAnHour(attempts: Int, seconds: Double) {
        // The smallest word that is not drawn again, for ever, to keep the draw fair.
        var none = Constant(word: 1)
        var all = Constant(word: .max)
        #expect(policy.delay(after: attempts, using: &none) == .zero)
        #expect(policy.delay(after: attempts, using: &all) == .seconds(seconds))
    }

    @Test(arguments: [
        (DeliveryOutcome.failed(reason: "x"), 0.0),
        (.refused(reason: "x"), 0), (.answered(status: 500, retryAfter: nil), 0),
        (.answered(status: 503, retryAfter: .seconds(120)), 120),
        (.answered(status: 429, retryAfter: .seconds(7_200)), 3_600),
    ])
    func aReceiverMayAskForTimeUpToAnHour(outcome: DeliveryOutcome, seconds: Double) {
        #expect(
            verdict(outcome) == .retry(at: Self.event.advanced(by: .seconds(seconds))))
    }

    /// A day after the event the next failure is the last; nothing is given up that was not tried.
    @Test func aDayLaterItIsGivenUp() {
        let failed = DeliveryOutcome.failed(reason: "x")
        let almost = TimeSpan.seconds(86_399.999)
        #expect(
            verdict(failed, attempts: 50, after: almost)
                == .retry(at: Self.event.advanced(by: almost)))
        #expect(verdict(failed, attempts: 0, after: .seconds(86_400)) == .givenUp)
        #expect(
            verdict(.answered(status: 200, retryAfter: nil), after: .seconds(86_400)) == .delivered)
    }
}

/// Always the same: the least of what may come, or the most.
private struct Constant: RandomNumberGenerator {
    var word: UInt64

    mutating func next() -> UInt64 { word }
}
