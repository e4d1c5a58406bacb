// The body of a log-in: JSON from the page's script, or what a browser makes of a form.

import HTTPTypes
import Hummingbird
import ScrivenerModel

struct LoginForm {
    let token: String
    /// Whether a browser has sent it, which shows what it is answered with.
    let isFromPage: Bool

    private static let mediaType = "application/x-www-form-urlencoded"

    init(_ request: Request) async throws {
        let type = request.headers[.contentType]
        isFromPage = type?.lowercased().hasPrefix(Self.mediaType) == true
        guard isFromPage else {
            token = try Self.token(of: try await ControlBody(request, fields: ["token"]))
            return
        }
        let body = try RequestBody(request, of: "request", limit: ControlBody.maximumBytes)
        // What is sent otherwise than it is, encoded, is no token.
        let fields = String(decoding: try await body.read(), as: UTF8.self).split(separator: "&")
        guard let field = fields.first(where: { $0.hasPrefix("token=") }) else {
            throw requestError(at: "token", "is missing")
        }
        token = String(field.dropFirst("token=".count))
    }

    private static func token(of body: ControlBody) throws(ScrivenerError) -> String {
        // Whatever was sent instead is not quoted: it may be a token in the wrong place.
        guard let text = try? body.text("token") else {
            throw requestError(at: "/token", "must be there, as a string")
        }
        return text
    }
}
