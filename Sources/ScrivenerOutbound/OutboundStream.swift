// An answer while it comes.

import AsyncHTTPClient
import NIOCore

/// Reads an answer piece by piece. What is not read is not waited for: the connection is closed.
package struct OutboundStream {
    package let head: OutboundHead
    private var pieces: HTTPClientResponse.Body.AsyncIterator
    private let bodyLimit: Int
    private let idleTimeout: Duration
    private var count = 0
    private var parser: EventStreamParser
    private var events: ArraySlice<ServerEvent> = []
    private let eventLimit: Int

    init(head: OutboundHead, body: HTTPClientResponse.Body, _ settings: OutboundSettings) {
        self.head = head
        pieces = body.makeAsyncIterator()
        bodyLimit = settings.maximumBodyBytes
        eventLimit = settings.maximumEventBytes
        idleTimeout = settings.idleTimeout
        // A line holds the field's name beside the data.
        parser = EventStreamParser(
            maximumLineBytes: settings.maximumEventBytes + 64,
            maximumEventBytes: settings.maximumEventBytes)
    }

    /// The next bytes; `nil` at the end.
    ///
    /// - Throws: `OutboundError`, and `CancellationError`.
    package mutating func nextBytes() async throws -> [UInt8]? {
        let piece: ByteBuffer?
        do {
            piece = try await pieces.next()
        } catch {
            throw TransportError.classified(
                error, idleTimeout: idleTimeout, bodyLimit: bodyLimit, mayBeSent: true)
        }
        guard let piece else { return nil }
        count += piece.readableBytes
        guard count <= bodyLimit else { throw OutboundError.tooLarge(.body, limit: bodyLimit) }
        return Array(piece.readableBytesView)
    }

    /// The next event of a stream of server-sent events; `nil` at its end. An event that the end cuts off is
    /// none.
    ///
    /// - Throws: `OutboundError`, and `CancellationError`.
    package mutating func nextEvent() async throws -> ServerEvent? {
        while events.isEmpty {
            guard let bytes = try await nextBytes() else { return nil }
            do {
                events = try parser.append(bytes)[...]
            } catch {
                throw OutboundError.tooLarge(.event, limit: eventLimit)
            }
        }
        return events.popFirst()
    }

    /// What has not been read yet, up to the end.
    ///
    /// - Parameter limit: how many bytes that may be, where it is fewer than the client's settings allow.
    /// - Throws: `OutboundError`, and `CancellationError`.
    package mutating func rest(upTo limit: Int = .max) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await nextBytes() {
            bytes += piece
            guard bytes.count <= limit else { throw OutboundError.tooLarge(.body, limit: limit) }
        }
        return bytes
    }
}
