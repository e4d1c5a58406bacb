// Which page a request comes from, where it would change something. A browser sends requests for any page to
// any host, with the cookies of that host; what other sites send is refused, also where nobody needs a token.
// The rules are those of Go's `http.CrossOriginProtection` (1.25; Filippo Valsorda, "Cross-Site Request
// Forgery", 2025): browsers say which site a request comes from, older ones the origin, and what says neither
// is no browser.

import HTTPTypes
import Hummingbird
import ScrivenerModel

struct OriginMiddleware: RouterMiddleware {
    typealias Context = APIContext

    let metrics: any MetricsSource

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        if let origin = Self.foreignOrigin(of: request) {
            metrics.requestRefused(.originNotAllowed)
            throw ScrivenerError(
                .originNotAllowed, "a page of another origin may not ask this",
                mistakes: [
                    Mistake(
                        .originNotAllowed, at: origin.header, "is another origin",
                        limit: "the coordinator's own", actual: String(origin.value.prefix(128)))
                ])
        }
        return try await next(request, context)
    }

    /// What shows that a request which changes something comes from elsewhere; `nil` where nothing does.
    private static func foreignOrigin(
        of request: Request
    ) -> (header: String, value: String)? {
        guard ![.get, .head, .options].contains(request.method) else { return nil }
        if let name = HTTPField.Name("Sec-Fetch-Site"), let site = request.headers[name] {
            return ["same-origin", "none"].contains(site) ? nil : ("Sec-Fetch-Site", site)
        }
        guard let origin = request.headers[.origin] else { return nil }
        // Schemes are not compared: a proxy may have TLS where the coordinator has none.
        let host = origin.firstRange(of: "://").map { origin[$0.upperBound...].lowercased() }
        return host == request.head.authority?.lowercased() ? nil : ("Origin", origin)
    }
}
