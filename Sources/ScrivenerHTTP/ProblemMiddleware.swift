// The one place where an error becomes a response. What is not an error of the catalogue is our
// own fault: it is logged, and the client learns nothing but that.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ScrivenerModel

struct ProblemMiddleware: RouterMiddleware {
    typealias Context = APIContext

    let routes: RouteTable

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as ScrivenerError {
            return try response(to: error)
        } catch let error as HTTPError where error.status == .notFound {
            return try unrouted(request)
        } catch is CancellationError {
            return try response(
                to: ScrivenerError(.shuttingDown, "the coordinator is shutting down"))
        } catch let error as any HTTPResponseError where (400..<500).contains(error.status.code) {
            return try response(
                to: ScrivenerError(.requestInvalid, error.status.reasonPhrase))
        } catch {
            context.logger.error(
                "request failed",
                metadata: [
                    "method": "\(request.method)", "endpoint": "\(context.endpointPath ?? "-")",
                    "error": "\(String(reflecting: type(of: error))): \(error)",
                ])
            return try response(
                to: ScrivenerError(.internalError, "the coordinator failed; its log says why"))
        }
    }

    /// Nobody serves this path, or nobody with this method.
    private func unrouted(_ request: Request) throws -> Response {
        let methods = routes.methods(for: request.uri.path).map(\.rawValue).sorted()
        guard !methods.isEmpty else {
            return try response(to: ScrivenerError(.routeNotFound, "there is nothing here"))
        }
        let allowed = methods.joined(separator: ", ")
        var response = try response(
            to: ScrivenerError(.methodNotAllowed, "this is served with \(allowed)"))
        response.headers[.allow] = allowed
        return response
    }
}
