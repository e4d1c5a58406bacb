// The rules of W3C Trace Context, one by one: what is a context, and what is passed over.

import ScrivenerModel
import Testing

@Suite struct TraceContextTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let span = "b7ad6b7169203331"

    private static func parent(
        _ version: String = "00", _ trace: String = trace, _ span: String = span,
        _ flags: String = "01", rest: String = ""
    ) -> String { "\(version)-\(trace)-\(span)-\(flags)\(rest)" }

    @Test func `The standard's example is read and written`() throws {
        let context = try #require(TraceContext(traceparent: Self.parent()))
        #expect(context.traceID.description == Self.trace)
        #expect(context.spanID == 0xb7ad_6b71_6920_3331)
        #expect(context.isSampled)
        #expect(context.traceparent == Self.parent())
        #expect(context.tracestate.isEmpty)
    }

    /// Whoever asks not to be recorded is to be believed all the way down.
    @Test(arguments: [
        ("00", false, "00"), ("01", true, "01"), ("02", false, "02"), ("03", true, "03"),
        ("ff", true, "03"), ("fe", false, "02"),
    ])
    func `Flags without a meaning are dropped`(
        flags: String, isSampled: Bool, written: String
    ) throws {
        let context = try #require(
            TraceContext(traceparent: Self.parent("00", Self.trace, Self.span, flags)))
        #expect(context.isSampled == isSampled)
        #expect(context.traceparent.hasSuffix("-\(written)"))
    }

    /// A version to come is read as far as it is like this one, and passed on as this one.
    @Test(arguments: ["", "-", "-what-comes-then"])
    func `Later versions may have more fields`(rest: String) throws {
        let context = try #require(
            TraceContext(traceparent: Self.parent("cc", rest: rest)))
        #expect(context.traceparent == Self.parent())
    }

    @Test(arguments: [
        "", "00", parent("ff"), parent("0"), parent("0g"), parent("CC"),
        parent(rest: "-"), parent(rest: "-more"), parent("cc", rest: "x"), parent("cc", rest: "."),
        parent("00", String(repeating: "0", count: 32)), parent("00", trace.uppercased()),
        parent("00", String(trace.dropLast())), parent("00", trace + "0"),
        parent("00", String(trace.dropLast()) + "g"),
        parent("00", trace, String(repeating: "0", count: 16)),
        parent("00", trace, span.uppercased()), parent("00", trace, String(span.dropLast())),
        parent("00", trace, span + "0"), parent("00", trace, span, "1"),
        parent("00", trace, span, "0x"), parent("00", trace, span, "0A"),
        parent().replacing("-", with: "_"), " " + parent(), parent() + " ",
        String(parent().dropLast(3)), parent("00", String(trace.dropLast()) + "é"),
    ])
    func `Anything else is no context`(text: String) {
        #expect(TraceContext(traceparent: text) == nil, "\(text)")
    }

    // MARK: tracestate

    private func state(_ text: String) throws -> String {
        try #require(TraceContext(traceparent: Self.parent(), tracestate: text)).tracestate
    }

    @Test(arguments: [
        ("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
        ("a=1 \t,\t b=2,, ,c=3", "a=1,b=2,c=3"), ("fw529a3039@dt=FfAaBb", "fw529a3039@dt=FfAaBb"),
        ("0a_-*/=x y", "0a_-*/=x y"), ("a= x", "a= x"), (",", ""),
    ])
    func `Members are kept in order`(text: String, kept: String) throws {
        #expect(try state(text) == kept)
    }

    /// What cannot be read of it must not cost the trace.
    @Test(arguments: [
        "a", "=1", "a=", "A=1", "@a=1", "a b=1", "a=1,a=2", "a=1=2", "a=é", "a=\u{7}",
        String(repeating: "k", count: 257) + "=1", "a=" + String(repeating: "v", count: 257),
        (0..<33).map { "k\($0)=1" }.joined(separator: ","),
        "a=1" + String(repeating: ",", count: 1 << 20),
    ])
    func `A list that is none is passed over`(text: String) throws {
        #expect(try state(text).isEmpty, "\(text)")
    }

    @Test func `A list may be as long as the standard lets it`() throws {
        let longest = (10..<41).map { number in
            "k\(number)" + String(repeating: "k", count: 253) + "="
                + String(repeating: "v", count: 256)
        }
        #expect(try state((["a=1"] + longest).joined(separator: ",")) == "a=1")
    }

    /// The bound costs whoever writes much, and last those who came first.
    @Test func `Long members go first, then the last`() throws {
        let long = "long=" + String(repeating: "v", count: 124)
        let short = (0..<31).map { "k\($0)=" + String(repeating: "v", count: 12) }
        let kept = try state(([long] + short).joined(separator: ","))
        #expect(!kept.contains("long"))
        #expect(kept.hasPrefix("k0="))
        #expect((512 - 17...512).contains(kept.utf8.count), "\(kept.utf8.count)")
    }
}
