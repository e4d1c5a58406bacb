// What every answer says to browsers, whatever it is: that it is what its media type says, that no page of another
// site may embed it, and that it is not to be kept, where it says nothing else of that.

import HTTPTypes
import Hummingbird

struct AnswerHeaders: RouterMiddleware {
    typealias Context = APIContext

    private static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.xContentTypeOptions] = "nosniff"
        if let name = Self.resourcePolicy { response.headers[name] = "same-origin" }
        if !response.headers.contains(.cacheControl) {
            response.headers[.cacheControl] = "no-store"
        }
        return response
    }
}
