// What the API tells of an access, to whoever has it.

import ScrivenerModel
import ScrivenerSecurity

/// What whoever asks may do.
struct AccessRecord: Encodable, Equatable {
    /// Whether requests need a token at all.
    var required: Bool
    var scope: TokenScope
    /// The token's name.
    var token: String?
    var expiresAt: WallTime?
    /// When the log-in ends; absent where the request brings its token itself.
    var loginEndsAt: WallTime?

    /// - Parameter caller: `nil` where nobody needs a token, and everybody may do everything.
    init(_ caller: Caller?) {
        required = caller != nil
        scope = caller?.token.scope ?? .admin
        token = caller?.token.name
        expiresAt = caller?.token.expires
        loginEndsAt = caller?.loginEnds
    }

    enum CodingKeys: String, CodingKey {
        case required, scope, token
        case expiresAt = "expires_at"
        case loginEndsAt = "login_ends_at"
    }
}
