// How people with a browser show their token once, and how anybody finds out what a token is good for.

import HTTPTypes
import Hummingbird
import ScrivenerModel

extension APIRoutes {
    var loginRoutes: [Route] {
        [
            Route(.get, "/login", .open) { request, _ in
                try refuseWithoutTokens()
                return try DashboardAssets.loginPage(to: request, refusing: nil)
            },
            Route(.get, "/login/:file", .open) { request, context in
                let file = context.id("file")
                guard DashboardAssets.loginFiles.contains(file) else {
                    throw ScrivenerError(.routeNotFound, "there is nothing here")
                }
                return try DashboardAssets.response(file, to: request)
            },
            Route(.post, "/login", .open) { request, context in
                try await logIn(request, context)
            },
            Route(.post, "/logout", .open) { request, _ in
                guardian.logOut(request)
                return Response(
                    status: .noContent,
                    headers: [.setCookie: guardian.cookie.removing(for: request)])
            },
            Route(.get, "/v1/access", .read) { _, context in
                try json(AccessRecord(context.caller))
            },
        ]
    }

    private func logIn(_ request: Request, _ context: APIContext) async throws -> Response {
        let form = try await LoginForm(request)
        guard let (id, caller) = try guardian.logIn(form.token, from: context.remoteAddress)
        else { throw Self.noTokens }
        var response =
            form.isFromPage
            ? Response(status: .seeOther, headers: [.location: "/"])
            : try json(AccessRecord(caller))
        response.headers[.setCookie] = guardian.cookie.setting(id, for: request)
        return response
    }

    private func refuseWithoutTokens() throws(ScrivenerError) {
        guard guardian.isRequired else { throw Self.noTokens }
    }

    private static let noTokens = ScrivenerError(
        .routeNotFound, "nobody logs in here: this coordinator has no API tokens")
}
