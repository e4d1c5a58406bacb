import ScrivenerModel
import Testing

@Suite struct SpanTextTests {
    @Test(arguments: [
        ("30d", TimeSpan.seconds(2_592_000)), ("1.5h", .seconds(5_400)), ("2m", .seconds(120)),
        ("0s", .zero), ("250ms", .milliseconds(250)), ("36525d", .seconds(36_525 * 86_400)),
    ])
    func aNumberAndAUnit(_ text: String, _ span: TimeSpan) { #expect(TimeSpan(text: text) == span) }

    @Test(arguments: [
        "", "30", "d", "30 d", "-1s", "1e3s", "1.2.3s", "30D", "30days", "٣d", "½h", "36526d",
        "99999999999999999999d",
    ])
    func nothingElse(_ text: String) { #expect(TimeSpan(text: text) == nil) }
}
