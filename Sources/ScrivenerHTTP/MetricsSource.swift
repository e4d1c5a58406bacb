// What the HTTP face needs for `/metrics`: somebody who knows the figures, and whom it tells its
// own.

import HTTPTypes
import Hummingbird
import NIOCore
package import ScrivenerModel

/// Whoever answers scrapes.
package protocol MetricsSource: Sendable {
    /// The media type of the exposition.
    var contentType: String { get }
    /// All metrics, as of now.
    func exposition() async -> String
    func eventStreamOpened()
    func eventStreamClosed()
    /// A request did not reach its route.
    ///
    /// - Parameter code: one of `ErrorCode.refusals`.
    func requestRefused(_ code: ErrorCode)
}

extension ErrorCode {
    /// Why requests are refused before they reach their route.
    package static let refusals: [ErrorCode] = [
        .tokenMissing, .tokenInvalid, .scopeMissing, .tooManyFailures, .hostNotAllowed,
        .originNotAllowed,
    ]
}

extension MetricsSource {
    func response() async -> Response {
        Response(
            status: .ok, headers: [.contentType: contentType, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: await exposition())))
    }

    /// The same response, counted for as long as its body is being written.
    func counting(_ stream: Response) -> Response {
        var response = stream
        let body = stream.body
        response.body = ResponseBody { writer in
            eventStreamOpened()
            defer { eventStreamClosed() }
            try await body.write(writer)
        }
        return response
    }
}
