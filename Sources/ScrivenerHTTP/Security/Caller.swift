// Who makes a request.

import ScrivenerModel
import ScrivenerSecurity

/// Somebody with a token, or with a log-in that a token has begun.
struct Caller: Sendable {
    let token: APITokenRecord
    /// When the log-in ends; absent for a token in the request itself.
    let loginEnds: WallTime?
    /// Whether the token, and the log-in, still are what they were.
    let isStillAllowed: @Sendable () -> Bool
}
