// Before each route: whether whoever asks may. People who are not logged in see the page where they can, at
// whatever address they have typed.

import HTTPTypes
import Hummingbird
import ScrivenerModel

struct AccessMiddleware: RouterMiddleware {
    typealias Context = APIContext

    let access: RouteAccess
    let guardian: AccessGuard

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var context = context
        do throws(ScrivenerError) {
            context.caller = try guardian.admit(
                request, to: access, from: context.remoteAddress)
        } catch {
            guard error.code.httpStatus == 401, Self.isForPeople(request) else { throw error }
            return try DashboardAssets.loginPage(to: request, refusing: error)
        }
        return try await next(request, context)
    }

    private static func isForPeople(_ request: Request) -> Bool {
        [.get, .head].contains(request.method)
            && request.headers[values: .accept].contains { $0.contains("text/html") }
    }
}
