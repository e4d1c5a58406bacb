// What a request shows to be let in: a token in its `Authorization` (RFC 6750), or the cookie of a log-in.
// A token in the URL is none: URLs are kept in logs and histories.

import HTTPTypes
import Hummingbird

enum RequestCredentials {
    case token(String)
    case login(String)

    /// - Parameter cookies: the names that the cookie of a log-in may have, the stricter one first.
    init?(_ request: Request, cookies: [String]) {
        // Another scheme is for somebody in between.
        let authorization = request.headers[.authorization]?.split(separator: " ") ?? []
        if authorization.count == 2, authorization[0].lowercased() == "bearer" {
            self = .token(String(authorization[1]))
            return
        }
        let sent = request.headers[values: .cookie].joined(separator: ";").split(separator: ";")
        for name in cookies {
            let beginning = name + "="
            for cookie in sent {
                let pair = cookie.drop { $0 == " " }
                guard pair.hasPrefix(beginning) else { continue }
                self = .login(String(pair.dropFirst(beginning.count)))
                return
            }
        }
        return nil
    }
}
