// The routes as data, so that one list answers both "who serves this?" and, where nobody does,
// "which methods would have been right?".

import HTTPTypes
import Hummingbird

struct Route: Sendable {
    let method: HTTPRequest.Method
    /// As `/v1/sessions/:id`.
    let path: String
    /// Who may ask it.
    let access: RouteAccess
    let respond: @Sendable (Request, APIContext) async throws -> Response

    init(
        _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess,
        _ respond: @escaping @Sendable (Request, APIContext) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.access = access
        self.respond = respond
    }

    func matches(_ path: String) -> Bool {
        let expected = self.path.split(separator: "/")
        let actual = path.split(separator: "/")
        return expected.count == actual.count
            && zip(expected, actual).allSatisfy { $0.hasPrefix(":") || $0 == $1 }
    }
}

struct RouteTable: Sendable {
    let routes: [Route]

    /// The methods that a path is served with; none where the path is unknown. What can be got can be
    /// asked for without its body (RFC 9110, section 9.3.2).
    func methods(for path: String) -> [HTTPRequest.Method] {
        let methods = routes.filter { $0.matches(path) }.map(\.method)
        return methods.contains(.get) ? methods + [.head] : methods
    }
}
