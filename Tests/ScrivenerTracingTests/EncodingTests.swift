// Spans as OTLP's JSON, to the byte. `scripts/tracing-check` has the protocol's own schema read it.

import ScrivenerModel
import Testing
import Tracing

@testable import ScrivenerTracing

@Suite struct EncodingTests {
    private func text(_ span: SpanRecord) -> String {
        let resource = [TracingSettings.Attribute("service.name", "w")]
        return String(
            decoding: OTLPEncoding.request([span], resource: resource, version: "1"),
            as: UTF8.self)
    }

    private func span() throws -> SpanRecord {
        let context = try #require(
            TraceContext(
                traceparent: "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
                tracestate: "a=1"))
        let parent = TracePosition(
            context: context.moved(to: 10, isSampled: true), isRemote: true)
        return SpanRecord(
            context, below: parent, name: "invoke_agent \"echo\"", kind: .consumer, start: 1)
    }

    @Test func `A span is written as the protocol has it`() throws {
        var span = try span()
        span.end = .max
        span.attributes = [
            "text": "é", "int": .int64(.max), "double": .double(1.5), "nan": .double(.nan),
            "flag": true, "list": .int32Array([1, -2]), "texts": .stringArray(["a"]),
        ]
        span.status = SpanStatus(code: .error, message: "why")
        #expect(
            text(span) == """
                {"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":\
                {"stringValue":"w"}}]},"scopeSpans":[{"scope":{"name":"scrivener","version":"1"},\
                "spans":[{"traceId":"0af7651916cd43dd8448eb211c80319c",\
                "spanId":"00f067aa0ba902b7","traceState":"a=1","parentSpanId":"000000000000000a",\
                "flags":769,"name":"invoke_agent \\"echo\\"","kind":5,"startTimeUnixNano":"1",\
                "endTimeUnixNano":"18446744073709551615","attributes":[\
                {"key":"double","value":{"doubleValue":1.5}},\
                {"key":"flag","value":{"boolValue":true}},\
                {"key":"int","value":{"intValue":"9223372036854775807"}},\
                {"key":"list","value":{"arrayValue":{"values":[{"intValue":"1"},\
                {"intValue":"-2"}]}}},{"key":"nan","value":{"doubleValue":"NaN"}},\
                {"key":"text","value":{"stringValue":"é"}},\
                {"key":"texts","value":{"arrayValue":{"values":[{"stringValue":"a"}]}}}],\
                "status":{"code":2,"message":"why"}}]}]}]}
                """)
    }

    /// An agent that records whatever it meets must not fill the queue with it.
    @Test func `What a span holds is bounded`() throws {
        var span = try span()
        for number in 0..<200 {
            span.attributes["key-\(number)"] = String(repeating: "x", count: 5_000)
            span.add(SpanEvent(name: "event"))
            span.add(SpanRecord.Link(context: span.context, attributes: [:]))
        }
        let value = try RawJSON(text(span)).value()
        let written = value["resourceSpans"]?.arrayValue?.first?["scopeSpans"]?.arrayValue?
            .first?["spans"]?.arrayValue?.first
        for (list, dropped) in [
            ("attributes", "droppedAttributesCount"), ("events", "droppedEventsCount"),
            ("links", "droppedLinksCount"),
        ] {
            #expect(written?[list]?.arrayValue?.count == 128)
            #expect(written?[dropped]?.integerValue == 72)
        }
        let first = written?["attributes"]?.arrayValue?.first?["value"]?["stringValue"]
        #expect(first?.stringValue?.count == 4_096)
    }

    /// One character can be as long as a text: what is meant to be small is counted in bytes.
    @Test func `A text is bounded in bytes`() throws {
        var span = try span()
        span.name = "e" + String(repeating: "\u{301}", count: 100_000)
        #expect((4_095..<6_000).contains(text(span).utf8.count))
    }
}
