// Who may ask, and over what: read from files when the coordinator starts, and again when they change.

import Logging
package import ScrivenerSecurity

/// The secrets of the HTTP face; none by default.
package struct HTTPSecurity: Sendable {
    /// The tokens that requests need; nobody needs one when absent.
    package var tokens: APITokenBook?
    /// HTTP is served in clear text when absent.
    package var identity: TLSIdentity?

    package init(tokens: APITokenBook? = nil, identity: TLSIdentity? = nil) {
        self.tokens = tokens
        self.identity = identity
    }

    var canChange: Bool { tokens != nil || identity != nil }

    /// Takes what has changed in the files.
    func reload(_ logger: Logger) {
        do {
            if try tokens?.reload() == true {
                logger.notice(
                    "the API tokens were read again", metadata: ["count": "\(tokens?.count ?? 0)"])
            }
        } catch { logger.error("the API tokens stay as they were: \(error)") }
        do {
            if try identity?.reload() == true {
                logger.notice("the TLS certificate was read again")
            }
        } catch { logger.error("the TLS certificate stays as it was: \(error)") }
    }
}
