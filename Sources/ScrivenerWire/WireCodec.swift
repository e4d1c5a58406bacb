// The one door between messages and bytes. The machines speak in `WorkerMessage` and
// `CoordinatorMessage`; sockets carry frames; `scrivener.proto` is the schema between the two. The
// generated types never leave this target.

package import ScrivenerModel
import SwiftProtobuf

/// Messages to bytes and back.
///
/// Encoding cannot fail and checks nothing: who may hold more than a peer takes asks `check` first.
/// Decoding trusts nothing.
package enum WireCodec {
    package static func encode(_ message: WorkerMessage) -> [UInt8] {
        bytes(of: ProtoWorkerEnvelope(message))
    }

    package static func encode(_ message: CoordinatorMessage) -> [UInt8] {
        bytes(of: ProtoCoordinatorEnvelope(message))
    }

    /// Reads what a worker sent.
    package static func decode(
        worker bytes: RawSpan, limits: WireLimits = .standard
    ) throws(WireError) -> WorkerMessage {
        try Check.size(bytes.byteCount, limit: limits.messageBytes, "message")
        try RowCount.check(bytes, limits)
        return try parse(ProtoWorkerEnvelope.self, bytes).model(limits)
    }

    package static func decode(
        worker bytes: [UInt8], limits: WireLimits = .standard
    ) throws(WireError) -> WorkerMessage {
        try decode(worker: bytes.span.bytes, limits: limits)
    }

    /// Reads what a coordinator sent.
    package static func decode(
        coordinator bytes: RawSpan, limits: WireLimits = .standard
    ) throws(WireError) -> CoordinatorMessage {
        try Check.size(bytes.byteCount, limit: limits.messageBytes, "message")
        return try parse(ProtoCoordinatorEnvelope.self, bytes).model(limits)
    }

    package static func decode(
        coordinator bytes: [UInt8], limits: WireLimits = .standard
    ) throws(WireError) -> CoordinatorMessage {
        try decode(coordinator: bytes.span.bytes, limits: limits)
    }
}

// MARK: Protobuf

extension WireCodec {
    /// How deep messages may be nested: an envelope, its message, and what that holds.
    private static let maximumDepth = 8

    static func bytes(of message: some Message) -> [UInt8] {
        do {
            return try message.serializedBytes()
        } catch {
            // The schema has no required fields; what is left is a message beyond 2 GiB, which no
            // batch that obeys the limits can come near.
            preconditionFailure("a message that cannot be encoded: \(error)")
        }
    }

    static func parse<M: Message>(_ type: M.Type, _ bytes: RawSpan) throws(WireError) -> M {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = maximumDepth
        options.discardUnknownFields = true
        do {
            return try M(serializedBytes: bytes, options: options)
        } catch BinaryDecodingError.invalidUTF8 {
            throw .invalidUTF8(field: M.protoMessageName)
        } catch {
            throw .malformed
        }
    }

    static func parse<M: Message>(_ type: M.Type, _ bytes: [UInt8]) throws(WireError) -> M {
        try parse(type, bytes.span.bytes)
    }
}
