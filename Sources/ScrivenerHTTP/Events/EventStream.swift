// A stream of events as the body of a response: from a feed into a socket, as fast as the client reads.
//
// The stream ends after its last event, when the client closes its side of the connection or may read no longer,
// or when the coordinator stops: then with the event `interrupted`, unless the client has no room for it.

import HTTPTypes
import Hummingbird
import NIOCore
import ScrivenerModel
import ServiceLifecycle

/// Where a stream's events come from.
protocol EventSource: Sendable {
    associatedtype Place: Sendable

    var wakes: AsyncStream<FeedWake> { get }
    var waker: AsyncStream<FeedWake>.Continuation { get }

    /// Runs beside the stream, until it ends, to wake it for what the source does not see itself.
    func accompany() async

    /// What every stream begins with, and the place after it.
    func beginning() async throws -> ([StreamEvent], Place)

    /// The next events after a place, which is moved behind them. None when there is nothing new.
    func next(after place: inout Place) async throws -> NextEvents
}

extension EventSource {
    func accompany() async {}
}

/// Some events of a stream.
struct NextEvents: Sendable {
    var events: [StreamEvent]
    /// Whether nothing follows.
    var isLast = false
}

/// Writes a source's events.
struct EventStream<Source: EventSource>: Sendable {
    let source: Source
    let format: StreamFormat
    let keepAlive: Duration
    /// Whether the client still may read it: asked as often as a quiet stream is kept awake.
    let isAllowed: @Sendable () -> Bool
    let place: StreamPlace

    /// Many events are written in pieces of about so much: what nobody reads is not copied.
    private static var pieceBytes: Int { 1 << 20 }

    /// How long a client may take to make room for the last words of a stream that is broken off.
    private static var partingTime: Duration { .seconds(1) }

    /// What a response with these events begins with.
    static func headers(_ format: StreamFormat) -> HTTPFields {
        [.contentType: format.mediaType, .cacheControl: "no-store", .connection: "close"]
    }

    func response(to request: Request) -> Response {
        var request = request
        // Of a body that was read before, Hummingbird would wait for an end that never comes again, and trap when
        // the client goes. One that is put in its place has an end.
        request.body = HummingbirdCore.RequestBody(buffer: ByteBuffer())
        return Response(
            status: .ok, headers: Self.headers(format),
            body: ResponseBody { [request] writer in
                defer { place.giveUp() }
                let isWhole = try await request.body.consumeWithCancellationOnInboundClose { _ in
                    try await write(to: &writer)
                }
                place.giveUp()
                if isWhole {
                    try await cancelledAtShutdown { try await writer.finish(nil) }
                } else {
                    try await within(Self.partingTime) { try await writer.finish(nil) }
                }
            })
    }

    /// - Returns: whether the stream came to its end, and was not broken off by the coordinator's.
    private func write(to writer: inout any ResponseBodyWriter) async throws -> Bool {
        var isWriting = false
        do {
            try await cancelledAtShutdown {
                try await writeAll(to: &writer, &isWriting)
            }
            return true
        } catch let error where error is CancellationError {
            // Whoever has not read what was written has no room for more.
            guard !isWriting, !Task.isCancelled else { throw error }
        } catch let error as ScrivenerError {
            guard !isWriting else { throw error }
        }
        var buffer = ByteBuffer()
        format.write(try .interrupted(), to: &buffer)
        try await within(Self.partingTime) { try await writer.write(buffer) }
        return false
    }

    private func writeAll(
        to writer: inout any ResponseBodyWriter, _ isWriting: inout Bool
    ) async throws {
        var (events, place) = try await source.beginning()
        try await write(events, to: &writer, &isWriting)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [source, keepAlive, isAllowed] in
                while true {
                    try await Task.sleep(for: keepAlive)
                    guard isAllowed() else { return source.waker.finish() }
                    source.waker.yield(.keepAlive)
                }
            }
            group.addTask { [source] in await source.accompany() }
            defer { group.cancelAll() }
            for await wake in source.wakes {
                var isQuiet = true
                while true {
                    let next = try await source.next(after: &place)
                    events = next.events
                    if !events.isEmpty {
                        isQuiet = false
                        try await write(events, to: &writer, &isWriting)
                    }
                    if next.isLast { return }
                    if events.isEmpty { break }
                }
                guard isQuiet, case .keepAlive = wake else { continue }
                try Task.checkCancellation()
                isWriting = true
                try await writer.write(ByteBuffer(string: format.keepAlive))
                isWriting = false
            }
            try Task.checkCancellation()
        }
    }

    private func write(
        _ events: [StreamEvent], to writer: inout any ResponseBodyWriter, _ isWriting: inout Bool
    ) async throws {
        var buffer = ByteBuffer()
        for (place, event) in events.enumerated() {
            format.write(event, to: &buffer)
            guard buffer.readableBytes >= Self.pieceBytes || place == events.count - 1 else {
                continue
            }
            // A cancelled task cannot write, whether there is room or not.
            try Task.checkCancellation()
            isWriting = true
            try await writer.write(buffer)
            isWriting = false
            buffer.clear()
        }
    }
}

/// Runs an operation that is cancelled when the service is to shut down: somebody who does not read would
/// hold it up for ever.
func cancelledAtShutdown(_ operation: () async throws -> Void) async throws {
    try await withoutActuallyEscaping(operation) { operation in
        // It is handed to one child, for whose end this task waits: nothing is shared.
        nonisolated(unsafe) let operation = operation
        try await cancelWhenGracefulShutdown { try await operation() }
    }
}

/// Runs an operation that is cancelled when it takes longer.
private func within(_ limit: Duration, _ operation: () async throws -> Void) async throws {
    try await withoutActuallyEscaping(operation) { operation in
        // It is handed to one child, for whose end this task waits: nothing is shared.
        nonisolated(unsafe) let operation = operation
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await operation() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw CancellationError()
            }
            try await group.next()
            group.cancelAll()
        }
    }
}
