// The header by which a server says when it wants to be asked again.

import ScrivenerModel
import ScrivenerOutbound
import Testing

struct RetryAfterTests {
    private static let event = WallTime(millisecondsSince1970: 1_700_000_000_000)

    @Test(arguments: [
        ("120", 120.0), (" 0 ", 0), ("-1", nil), ("soon", nil), (nil, nil),
        ("Tue, 14 Nov 2023 22:13:50 GMT", 30), ("Tue, 14 Nov 2023 22:13:10 GMT", nil),
    ])
    func retryAfterIsSecondsOrADate(text: String?, seconds: Double?) {
        #expect(RetryAfter.span(text, at: Self.event) == seconds.map(TimeSpan.seconds))
    }
}
