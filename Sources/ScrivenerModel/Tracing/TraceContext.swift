// Where in a distributed trace something stands: W3C Trace Context (https://www.w3.org/TR/trace-context/),
// which tracing systems of all makes pass on.
//
// The standard wants a context that cannot be read to be ignored, and never to fail what it came with:
// everything here that reads returns `nil`, and refuses nothing.

/// A place in a trace: the span that others descend from.
///
/// A class, and never changed: it goes with each attempt of its session, most sessions have none, and for those
/// it is to cost one word.
public final class TraceContext: Sendable {
    public let traceID: TraceID
    /// Never 0.
    public let spanID: UInt64
    /// As in `traceparent`; no other bits than those that the standard gives a meaning.
    public let flags: UInt8
    /// What tracing systems have added, as `key=value,key=value`; empty when nothing was, and at most
    /// `maximumStateBytes` long.
    public let tracestate: String

    /// What is kept of a `tracestate`, at most.
    public static let maximumStateBytes = 512
    /// What the two headers' texts take together, at most.
    package static let maximumBytes = length + maximumStateBytes

    private static let sampledFlag: UInt8 = 1
    /// That the trace id is random enough to sample by it (Level 2 of the standard).
    private static let randomFlag: UInt8 = 2
    private static let version: UInt8 = 0

    /// - Parameters:
    ///   - traceID: of the whole trace.
    ///   - spanID: not 0.
    ///   - isSampled: whether its spans are recorded.
    ///   - tracestate: what cannot be read of it is as if it had not been there.
    public init(
        traceID: TraceID, spanID: UInt64, isSampled: Bool, tracestate: String = ""
    ) {
        precondition(spanID != 0, "a span's id is never 0")
        self.traceID = traceID
        self.spanID = spanID
        flags = isSampled ? Self.sampledFlag : 0
        self.tracestate = TraceState.normalized(tracestate, maximumBytes: Self.maximumStateBytes)
    }

    /// Reads the standard's two headers.
    ///
    /// - Parameters:
    ///   - traceparent: as `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
    ///   - tracestate: what cannot be read of it is as if it had not been there.
    /// - Returns: `nil` when the `traceparent` is not one.
    public init?(traceparent: String, tracestate: String = "") {
        let bytes = Array(traceparent.utf8)
        // Versions to come may append fields, and nothing else.
        guard bytes.count >= Self.length, let version = UInt8(lowerHex: bytes[0..<2]),
            version != .max,
            bytes.count == Self.length
                || (version > Self.version && bytes[Self.length] == Self.dash),
            [2, 35, 52].allSatisfy({ bytes[$0] == Self.dash }),
            let traceID = TraceID(lowerHex: bytes[3..<35]),
            let spanID = UInt64(lowerHex: bytes[36..<52]), spanID != 0,
            let flags = UInt8(lowerHex: bytes[53..<55])
        else { return nil }
        self.traceID = traceID
        self.spanID = spanID
        // Of a version to come only this flag is known to mean what it means here.
        self.flags =
            flags
            & (version == Self.version ? Self.sampledFlag | Self.randomFlag : Self.sampledFlag)
        self.tracestate = TraceState.normalized(tracestate, maximumBytes: Self.maximumStateBytes)
    }

    private init(
        _ traceID: TraceID, _ spanID: UInt64, flags: UInt8, normalized tracestate: String
    ) {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
        self.tracestate = tracestate
    }

    /// The place of another span of the same trace.
    ///
    /// - Parameters:
    ///   - spanID: not 0.
    ///   - isSampled: whether its spans are recorded.
    public func moved(to spanID: UInt64, isSampled: Bool) -> TraceContext {
        precondition(spanID != 0, "a span's id is never 0")
        return TraceContext(
            traceID, spanID,
            flags: flags & Self.randomFlag | (isSampled ? Self.sampledFlag : 0),
            normalized: tracestate)
    }

    private static let length = 55
    private static let dash = UInt8(ascii: "-")

    /// Whether whoever began the trace wants it to be recorded.
    public var isSampled: Bool { flags & Self.sampledFlag != 0 }

    /// The standard's header.
    public var traceparent: String {
        "\(Self.version.lowerHex)-\(traceID)-\(spanID.lowerHex)-\(flags.lowerHex)"
    }
}

extension TraceContext: Equatable {
    public static func == (left: TraceContext, right: TraceContext) -> Bool {
        left === right
            || (left.traceID == right.traceID && left.spanID == right.spanID
                && left.flags == right.flags && left.tracestate == right.tracestate)
    }
}

extension TraceContext: CustomStringConvertible {
    public var description: String { traceparent }
}
