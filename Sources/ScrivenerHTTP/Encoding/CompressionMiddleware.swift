// Compresses answers that are there as a whole. A stream of events has no length, and passes as it is: each
// of its events is to arrive when it happens.

import HTTPTypes
import Hummingbird
import NIOCore

struct CompressionMiddleware: RouterMiddleware {
    typealias Context = APIContext

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard !response.headers.contains(.contentEncoding),
            let length = response.body.contentLength,
            ContentEncoding.pays(bytes: length, mediaType: response.headers[.contentType])
        else { return response }
        response.headers[.vary] = "Accept-Encoding"
        guard ContentEncoding.isGzipAccepted(by: request) else { return response }
        let body = try await collected(response.body)
        guard let compressed = Gzip.compressed(body, .quick) else {
            response.body = ResponseBody(byteBuffer: body)
            return response
        }
        response.headers[.contentEncoding] = "gzip"
        response.body = ResponseBody(byteBuffer: compressed)
        return response
    }

    private func collected(_ body: ResponseBody) async throws -> ByteBuffer {
        let parts = BodyParts()
        try await body.write(parts)
        return parts.whole
    }
}

/// Takes the parts of a body. A body that is one buffer is not copied.
private final class BodyParts: ResponseBodyWriter {
    private(set) var whole = ByteBuffer()

    func write(_ buffer: ByteBuffer) {
        if whole.readableBytes == 0 {
            whole = buffer
        } else {
            whole.writeImmutableBuffer(buffer)
        }
    }

    func finish(_ trailingHeaders: HTTPFields?) {}
}
