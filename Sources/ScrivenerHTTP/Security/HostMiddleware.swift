// Which host a request is meant for. A page of another site can have its own name point to this machine (DNS
// rebinding): its requests would be of one origin with themselves, and only the name in their `Host` shows
// that they were not meant for a coordinator. An address instead of a name was looked up by nobody, so nobody
// can have bent it.

import HTTPTypes
import Hummingbird
import ScrivenerModel

struct HostMiddleware: RouterMiddleware {
    typealias Context = APIContext

    let hosts: AllowedHosts
    let metrics: any MetricsSource

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        // The first is the authority; a proxy before the coordinator may have looked at another.
        guard let authority = request.head.authority, !Self.hasAnotherHost(request),
            hosts.isAllowed(authority: authority)
        else {
            metrics.requestRefused(.hostNotAllowed)
            throw refusal(request)
        }
        return try await next(request, context)
    }

    private static func hasAnotherHost(_ request: Request) -> Bool {
        HTTPField.Name("Host").map { request.headers.contains($0) } ?? false
    }

    private func refusal(_ request: Request) -> ScrivenerError {
        let message =
            "this coordinator is not known by that name; --allowed-host has it answer to one"
        return ScrivenerError(
            .hostNotAllowed, message,
            mistakes: [
                Mistake(
                    .hostNotAllowed, at: "Host", "is not allowed",
                    limit: hosts.description,
                    actual: request.head.authority.map { String($0.prefix(128)) } ?? "none")
            ])
    }
}
