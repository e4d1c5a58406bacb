// A token as its coordinator knows it.

package import ScrivenerModel

/// Who a token belongs to, what it allows, and how it is recognised.
package struct APITokenRecord: Sendable, Equatable {
    /// Unique among the tokens of a coordinator; a `PlanName`.
    package var name: String
    package var scope: TokenScope
    package var hash: TokenDigest
    package var created: WallTime
    /// When it opens nothing any more; never when absent.
    package var expires: WallTime?

    package init(
        name: String, scope: TokenScope, hash: TokenDigest, created: WallTime,
        expires: WallTime? = nil
    ) {
        self.name = name
        self.scope = scope
        self.hash = hash
        self.created = created
        self.expires = expires
    }

    package func hasExpired(at now: WallTime) -> Bool { expires.map { $0 <= now } ?? false }
}
