// Log-ins of people with a browser. A browser cannot keep a token from the scripts of a page; a cookie that
// scripts cannot read stands for it. Log-ins are kept in memory only, and their ids as hashes: whoever reads
// the memory of a coordinator that was written to a disk can log in with nothing of it.

import Foundation
import ScrivenerModel
import ScrivenerSecurity

/// The log-ins that are open. A value: its owner has the clocks and the lock.
struct LoginSessions: Sendable {
    static let lifetime = TimeSpan.seconds(12 * 3_600)
    /// With one more the oldest ends.
    static let maximumCount = 1_024

    struct Login: Sendable {
        /// Of the id that the cookie holds.
        let id: TokenDigest
        let token: TokenDigest
        let ends: Instant
        /// The same, for people.
        let endsWall: WallTime
    }

    /// The oldest first.
    private(set) var logins: [Login] = []

    /// - Returns: the id, which nobody but the browser keeps.
    mutating func begin(with token: TokenDigest, at now: Moment) -> (id: String, login: Login) {
        logins.removeAll { $0.ends <= now.instant }
        if logins.count >= Self.maximumCount { logins.removeFirst() }
        let id = Self.randomID()
        let login = Login(
            id: TokenDigest(of: id.utf8), token: token,
            ends: now.instant.advanced(by: Self.lifetime),
            endsWall: now.wall.advanced(by: Self.lifetime))
        logins.append(login)
        return (id, login)
    }

    /// The log-in of a cookie, as long as it lasts. All are looked at, so that the time says nothing.
    func login(_ id: TokenDigest, at now: Instant) -> Login? {
        var found: Login?
        for login in logins where login.id == id { found = login }
        return found.flatMap { $0.ends > now ? $0 : nil }
    }

    mutating func end(_ id: TokenDigest) { logins.removeAll { $0.id == id } }

    /// 256 bits, in base64 as URLs take it.
    private static func randomID() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<4).flatMap { _ in
            withUnsafeBytes(of: generator.next() as UInt64) { Array($0) }
        }
        return Data(bytes).base64EncodedString().replacing("+", with: "-")
            .replacing("/", with: "_").replacing("=", with: "")
    }
}
