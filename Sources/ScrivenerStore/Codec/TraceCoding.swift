// A session's place in a trace as bytes. Its ids are kept as the texts that they have everywhere else: there is one
// form of them to be understood.

import ScrivenerCore
import ScrivenerModel

/// The numbers that stand for what a session has of a trace. Never changed, and never used again.
private enum TraceCode {
    static let nothing: UInt8 = 0
    static let noSpan: UInt8 = 1
    static let root: UInt8 = 2
    static let child: UInt8 = 3
}

extension ByteWriter {
    mutating func trace(_ trace: SessionTrace?) {
        guard let trace else { return byte(TraceCode.nothing) }
        switch trace.span {
        case .none: byte(TraceCode.noSpan)
        case .root: byte(TraceCode.root)
        case .child(let parent):
            byte(TraceCode.child)
            varint(parent)
        }
        string(trace.context.traceparent)
        string(trace.context.tracestate)
    }
}

extension ByteReader {
    mutating func trace() throws(JournalDecodingError) -> SessionTrace? {
        let code = try byte()
        let span: SessionTrace.Span
        switch code {
        case TraceCode.nothing: return nil
        case TraceCode.noSpan: span = .none
        case TraceCode.root: span = .root
        case TraceCode.child: span = .child(of: try varint())
        default: throw error(.unknownCase(of: "SessionTrace", UInt64(code)))
        }
        guard let context = TraceContext(traceparent: try string(), tracestate: try string())
        else { throw error(.inconsistent("a session's place in a trace cannot be read")) }
        return SessionTrace(context, span: span)
    }
}
