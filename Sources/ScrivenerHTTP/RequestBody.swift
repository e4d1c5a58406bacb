// Reads the bodies of requests, up to a size, and whole or not at all.

import Hummingbird
import NIOCore
import ScrivenerModel

/// The body of a request that has not been read yet.
struct RequestBody {
    private let request: Request
    /// What the body is, for people.
    private let what: String
    private let limit: Int

    init(_ request: Request, of what: String, limit: Int) throws(ScrivenerError) {
        self.request = request
        self.what = what
        self.limit = limit
        try refuseEncoding()
    }

    /// What is sent is taken as it is: a few bytes that unfold into a limit's worth would cost their sender
    /// nothing.
    private func refuseEncoding() throws(ScrivenerError) {
        let encodings = request.headers[values: .contentEncoding].joined(separator: ", ")
        guard !encodings.isEmpty, encodings.lowercased() != "identity" else { return }
        throw ScrivenerError(
            .unsupportedMediaType, "the \(what) is sent as it is, and not compressed",
            mistakes: [
                Mistake(
                    .unsupportedMediaType, at: "Content-Encoding", "is not taken",
                    limit: "identity", actual: String(encodings.prefix(64)))
            ])
    }

    /// How many bytes the client says there are, where it does.
    func announcedLength() throws(ScrivenerError) -> Int? {
        guard let text = request.headers[.contentLength] else { return nil }
        guard let length = Int(text), length >= 0 else {
            throw requestError(at: "Content-Length", "must be a whole number")
        }
        guard length <= limit else { throw tooLarge("\(length) bytes") }
        return length
    }

    func read() async throws -> [UInt8] {
        let length = try announcedLength()
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limit)
        } catch is NIOTooManyBytesError {
            throw tooLarge("more than \(limit) bytes")
        }
        // NIO reports a connection that breaks off; Hummingbird would take it for the body's end.
        // Half a document can still be YAML, so it is not left to the one of the two.
        guard length == nil || length == buffer.readableBytes else {
            throw requestError(
                at: "Content-Length", "the body ended early", limit: length.map { "\($0) bytes" },
                actual: "\(buffer.readableBytes) bytes")
        }
        return Array(buffer: buffer)
    }

    private func tooLarge(_ actual: String) -> ScrivenerError {
        ScrivenerError(
            .requestTooLarge, "the \(what) is larger than the coordinator takes",
            mistakes: [
                Mistake(
                    .requestTooLarge, at: "", "the body is too large", limit: "\(limit) bytes",
                    actual: actual)
            ])
    }
}
