// Times and spans: what people read, and what happens at the ends of the range.

import ScrivenerModel
import Testing

@Suite struct TimeTests {
    /// Dates that calendars get wrong: leap days, centuries, the epoch and what is before it.
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (1_735_689_599_001, "2024-12-31T23:59:59.001Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
            (-11_676_096_000_000, "1600-01-01T00:00:00.000Z"),
            (1_798_761_599_999, "2026-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func knownDates(_ milliseconds: Int64, _ text: String) {
        #expect(WallTime(millisecondsSince1970: milliseconds).description == text)
        #expect(WallTime(text)?.millisecondsSince1970 == milliseconds)
    }

    /// Days of four centuries there and back.
    @Test func everyDayComesBack() {
        for day in stride(from: Int64(-150_000), to: 150_000, by: 13) {
            let time = WallTime(millisecondsSince1970: day * 86_400_000 + day.magnitude.signedTime)
            #expect(WallTime(time.description) == time)
        }
    }

    /// What is no time is not read as some other.
    @Test(arguments: [
        "", "2026-01-31", "2026-01-31T12:00:00.000", "2026-01-31t12:00:00.000Z",
        "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
        "2026-02-30T00:00:00.000Z", "2026-00-01T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-01-00T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01T00:00:00x000Z",
        "+026-01-01T00:00:00Z", "-026-01-01T00:00:00Z", "2026-01-01T+1:00:00Z",
        "2026-01-01T00:00:00.+00Z", "2026/01/01T00:00:00Z", "２026-01-01T00:00Z",
    ])
    func invalidTimes(_ text: String) { #expect(WallTime(text) == nil) }

    @Test func theFractionMayBeAbsent() {
        #expect(WallTime("1970-01-01T00:00:01Z")?.millisecondsSince1970 == 1_000)
    }

    /// Clocks may say anything. (Regression: the earliest time stopped the program.)
    @Test func theEndsOfTimeAreNoTrap() {
        #expect(!WallTime(millisecondsSince1970: .min).description.isEmpty)
        #expect(!WallTime(millisecondsSince1970: .max).description.isEmpty)
    }

    @Test func spansSaturate() {
        #expect(TimeSpan.milliseconds(.max).nanoseconds == .max)
        #expect(TimeSpan.milliseconds(.min).nanoseconds == .min)
        #expect(TimeSpan.seconds(1e300).nanoseconds == .max)
        #expect(TimeSpan.seconds(-1e300).nanoseconds == .min)
        #expect(TimeSpan.seconds(.infinity).nanoseconds == .max)
        #expect(TimeSpan.seconds(-.infinity).nanoseconds == .min)
        #expect(TimeSpan.seconds(.nan).nanoseconds == .max)
        #expect(TimeSpan.seconds(0.000_000_001_4).nanoseconds == 1)
        #expect(TimeSpan.seconds(1.5).milliseconds == 1_500)
    }

    @Test func instantsSaturate() {
        let (first, last) = (Instant(nanoseconds: .min), Instant.distantFuture)
        #expect(last.advanced(by: .seconds(1)) == last)
        #expect(first.advanced(by: .seconds(-1)) == first)
        #expect(last.since(first).nanoseconds == .max)
        #expect(first.since(last).nanoseconds == .min)
        #expect(last.since(last) == .zero)
    }
}

extension UInt64 {
    /// Some time of day that differs from day to day.
    fileprivate var signedTime: Int64 { Int64(self * 7_919 % 86_400_000) }
}
