// Errors as people and programs get them over HTTP: RFC 9457, with our codes.

import HTTPTypes
import Hummingbird
import ScrivenerModel

/// A problem document.
struct Problem: Encodable, Equatable {
    struct Detail: Encodable, Equatable {
        var code: String
        var pointer: String
        var message: String
        var limit: String?
        var actual: String?
    }

    /// Stable: `urn:scrivener:error:` and the code.
    var type: String
    /// The code in words.
    var title: String
    var status: Int
    var detail: String
    var code: String
    /// Absent where there is nothing to point at.
    var errors: [Detail]?

    init(_ error: ScrivenerError) {
        let name = error.code.rawValue
        let words = name.split(separator: "_").joined(separator: " ")
        type = "urn:scrivener:error:" + name
        title = words.prefix(1).uppercased() + words.dropFirst()
        status = error.code.httpStatus
        detail = error.message
        code = name
        errors =
            error.mistakes.isEmpty
            ? nil
            : error.mistakes.map {
                Detail(
                    code: $0.code.rawValue, pointer: $0.path, message: $0.message,
                    limit: $0.limit, actual: $0.actual)
            }
    }
}

/// A problem as a response. The connection stays usable.
func response(to error: ScrivenerError) throws -> Response {
    let problem = Problem(error)
    var response = try json(
        problem, status: .init(code: problem.status), contentType: "application/problem+json")
    if let seconds = error.retryAfterSeconds {
        response.headers[.retryAfter] = "\(max(0, seconds))"
    }
    response.headers[.wwwAuthenticate] = challenge(for: error)
    if error.code == .unsupportedMediaType, let mistake = error.mistakes.first {
        let isEncoding = mistake.path == "Content-Encoding"
        response.headers[isEncoding ? .acceptEncoding : .accept] = mistake.limit
    }
    return response
}

/// What whoever has no right is to show (RFC 6750, section 3); `nil` where that is not the trouble.
func challenge(for error: ScrivenerError) -> String? {
    let realm = #"Bearer realm="scrivener""#
    switch error.code {
    case .tokenMissing: return realm
    case .tokenInvalid: return realm + #", error="invalid_token""#
    case .scopeMissing:
        let scope = error.mistakes.first?.limit.map { #", scope="\#($0)""# } ?? ""
        return realm + #", error="insufficient_scope""# + scope
    default: return nil
    }
}
