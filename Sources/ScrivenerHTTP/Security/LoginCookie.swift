// The cookie of a log-in. Scripts cannot read it, and no other site can have a browser send it. Over TLS its name
// has the prefix by which browsers see to it that nobody else has set it (RFC 6265bis, section 4.1.3.2).

import HTTPTypes
import Hummingbird
import ScrivenerModel

struct LoginCookie: Sendable {
    /// Browsers do not tell ports apart: two coordinators on one host have cookies of two names.
    private let name: String
    private let isOverTLS: Bool

    init(port: Int, isOverTLS: Bool) {
        name = "scrivener_\(port)"
        self.isOverTLS = isOverTLS
    }

    /// The names that it may have in a request, the stricter one first. Over TLS it has no other: one without the
    /// prefix may have been set by whoever is in between, or by another host of the domain.
    var names: [String] { isOverTLS ? ["__Host-" + name] : ["__Host-" + name, name] }

    /// - Parameter request: the log-in, which may have come through a proxy that has TLS.
    func setting(_ id: String, for request: Request) -> String {
        cookie(id, seconds: Int(LoginSessions.lifetime.seconds), request)
    }

    func removing(for request: Request) -> String { cookie("", seconds: 0, request) }

    private func cookie(_ value: String, seconds: Int, _ request: Request) -> String {
        let rules = "; Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
        return isSecure(request)
            ? "__Host-\(name)=\(value)\(rules); Secure" : "\(name)=\(value)\(rules)"
    }

    /// Whether whoever asks has TLS: here, or with a proxy.
    func isSecure(_ request: Request) -> Bool {
        if isOverTLS { return true }
        // Who says so without reason gets a cookie that the browser does not send back.
        return HTTPField.Name("X-Forwarded-Proto")
            .flatMap { request.headers[$0] }?.lowercased() == "https"
    }
}
