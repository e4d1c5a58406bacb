// HEAD is answered as GET is, without the body. Outside of all other middleware: what the answer says of its
// body is true of the one that GET would have had. Of a stream's it says that it has no bytes: its length is not
// known, and no stream is begun to say so.

import Hummingbird

struct HeadMiddleware: RouterMiddleware {
    typealias Context = APIContext

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let response = try await next(request, context)
        // What is unchanged has no body, and says nothing of one.
        guard request.method == .head, response.status != .notModified else { return response }
        // A client that asked for no body would take one for the answer to its next request.
        return response.createHeadResponse()
    }
}
