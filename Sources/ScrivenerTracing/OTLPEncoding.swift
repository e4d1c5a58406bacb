// Spans as OTLP's JSON (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): the ids as digits, 64-bit
// numbers as texts, enumerations as numbers. `scripts/tracing-check` holds it against the protocol's own schema.

import ScrivenerModel
import Tracing

enum OTLPEncoding {
    private typealias Member = (key: String, value: JSONValue)

    /// What has made the spans.
    private static let scopeName = "scrivener"

    /// The body of an `ExportTraceServiceRequest`.
    ///
    /// - Parameters:
    ///   - resource: what the spans are of.
    ///   - version: of the software that has made them.
    static func request(
        _ spans: [SpanRecord], resource: [TracingSettings.Attribute], version: String
    ) -> [UInt8] {
        let scope = object(("name", .string(scopeName)), ("version", .string(version)))
        let attributes = resource.map { attribute($0.name, text($0.value)) }
        let group = object(("scope", scope), ("spans", .array(spans.map(span))))
        let whole = object(
            ("resource", object(("attributes", .array(attributes)))),
            ("scopeSpans", .array([group])))
        return RawJSON(object(("resourceSpans", .array([whole])))).bytes
    }

    private static func object(_ members: Member...) -> JSONValue { .object(members) }

    // MARK: Spans

    private static func span(_ span: SpanRecord) -> JSONValue {
        var members = place(of: span.context)
        if let parent = span.parent {
            members.append(("parentSpanId", .string(parent.context.spanID.lowerHex)))
        }
        members += [
            ("flags", .integer(flags(of: span))), ("name", .string(cut(span.name))),
            ("kind", .integer(number(of: span.kind))),
            ("startTimeUnixNano", .string("\(span.start)")),
            ("endTimeUnixNano", .string("\(span.end)")),
            ("attributes", attributes(span.attributes)),
        ]
        if !span.events.isEmpty { members.append(("events", .array(span.events.map(event)))) }
        if !span.links.isEmpty { members.append(("links", .array(span.links.map(link)))) }
        for (name, count) in [
            ("droppedAttributesCount", span.attributes.count - SpanRecord.maximumParts),
            ("droppedEventsCount", span.droppedEvents), ("droppedLinksCount", span.droppedLinks),
        ] where count > 0 {
            members.append((name, .integer(Int64(count))))
        }
        if let status = span.status { members.append(("status", self.status(status))) }
        return .object(members)
    }

    private static func place(of context: TraceContext) -> [Member] {
        let ids: [Member] = [
            ("traceId", .string(context.traceID.description)),
            ("spanId", .string(context.spanID.lowerHex)),
        ]
        return context.tracestate.isEmpty
            ? ids : ids + [("traceState", .string(context.tracestate))]
    }

    /// Those of the context, and behind them whether the parent is another process's.
    private static func flags(of span: SpanRecord) -> Int64 {
        let isRemoteKnown: Int64 = 0x100
        let isRemote: Int64 = 0x200
        let own = Int64(span.context.flags)
        guard let parent = span.parent else { return own }
        return own | isRemoteKnown | (parent.isRemote ? isRemote : 0)
    }

    private static func number(of kind: SpanKind) -> Int64 {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    private static func status(_ status: SpanStatus) -> JSONValue {
        let code: Int64 =
            switch status.code {
            case .ok: 1
            case .error: 2
            }
        var members: [Member] = [("code", .integer(code))]
        if let message = status.message { members.append(("message", .string(cut(message)))) }
        return .object(members)
    }

    private static func event(_ event: SpanEvent) -> JSONValue {
        object(
            ("timeUnixNano", .string("\(event.nanosecondsSinceEpoch)")),
            ("name", .string(cut(event.name))), ("attributes", attributes(event.attributes)))
    }

    private static func link(_ link: SpanRecord.Link) -> JSONValue {
        .object(place(of: link.context) + [("attributes", attributes(link.attributes))])
    }

    // MARK: Attributes

    /// In order of their names, so that equal spans have equal bytes.
    private static func attributes(_ attributes: SpanAttributes) -> JSONValue {
        var all: [(name: String, value: SpanAttribute)] = []
        attributes.forEach { all.append(($0, $1)) }
        all.sort { $0.name < $1.name }
        return .array(
            all.prefix(SpanRecord.maximumParts).map { attribute(cut($0.name), value($0.value)) })
    }

    private static func attribute(_ name: String, _ value: JSONValue) -> JSONValue {
        object(("key", .string(name)), ("value", value))
    }

    private static func value(_ attribute: SpanAttribute) -> JSONValue {
        switch attribute {
        case .int32(let number): integer(Int64(number))
        case .int64(let number): integer(number)
        case .double(let number): double(number)
        case .bool(let flag): truth(flag)
        case .string(let string): text(string)
        case .stringConvertible(let value): text("\(value)")
        case .int32Array(let numbers): array(numbers.map { integer(Int64($0)) })
        case .int64Array(let numbers): array(numbers.map(integer))
        case .doubleArray(let numbers): array(numbers.map(double))
        case .boolArray(let flags): array(flags.map(truth))
        case .stringArray(let texts): array(texts.map(text))
        case .stringConvertibleArray(let values): array(values.map { text("\($0)") })
        default: .object([])
        }
    }

    private static func integer(_ number: Int64) -> JSONValue {
        object(("intValue", .string("\(number)")))
    }

    /// JSON has no numbers for what is not finite.
    private static func double(_ number: Double) -> JSONValue {
        guard !number.isFinite else { return object(("doubleValue", .number(number))) }
        let word = number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
        return object(("doubleValue", .string(word)))
    }

    private static func truth(_ flag: Bool) -> JSONValue { object(("boolValue", .bool(flag))) }

    private static func text(_ text: String) -> JSONValue {
        object(("stringValue", .string(cut(text))))
    }

    private static func array(_ values: [JSONValue]) -> JSONValue {
        object(
            (
                "arrayValue",
                object(("values", .array(Array(values.prefix(SpanRecord.maximumParts)))))
            ))
    }

    private static func cut(_ text: String) -> String {
        String(text.beginning(ofBytes: SpanRecord.maximumTextBytes))
    }
}
