// What libzmq asks about a new connection, and what it may be told: ZAP, the ZeroMQ Authentication Protocol
// (ZeroMQ RFC 27). Requests come from libzmq in this very process; they are read as if they came from anybody.

/// What is asked about a connection that somebody wants.
package struct AuthenticationRequest: Sendable, Equatable {
    /// How the peer says who it is.
    package enum Credentials: Sendable, Equatable {
        /// Not at all.
        case none
        /// By its key, which it has proved to hold the secret half of.
        case curve(CurvePublicKey)
        /// By something that no socket of ours asks for.
        case other(mechanism: String)
    }

    static let version = Array("1.0".utf8)
    private static let fixedFrames = 6

    /// Names the request in the answer.
    let id: [UInt8]
    /// Of the socket that it is about, as its `zapDomain` says.
    package let domain: String
    /// The peer's network address; empty on inproc.
    package let address: String
    package let credentials: Credentials

    /// - Parameter frames: version, request id, domain, address, routing id, mechanism, and what the mechanism
    ///   has of credentials.
    /// - Returns: `nil` for what is no such request.
    package init?(frames: [[UInt8]]) {
        guard frames.count >= Self.fixedFrames, frames[0] == Self.version,
            let mechanism = String(validating: frames[5], as: UTF8.self)
        else { return nil }
        let rest = frames.dropFirst(Self.fixedFrames)
        switch mechanism {
        case "NULL":
            guard rest.isEmpty else { return nil }
            credentials = .none
        case "CURVE":
            guard rest.count == 1, let bytes = rest.first,
                let key = try? CurvePublicKey(bytes: bytes)
            else { return nil }
            credentials = .curve(key)
        default: credentials = .other(mechanism: mechanism)
        }
        id = frames[1]
        domain = String(decoding: frames[2], as: UTF8.self)
        address = String(decoding: frames[3], as: UTF8.self)
    }
}

/// What is to become of a connection.
package enum AuthenticationAnswer: Sendable, Equatable {
    /// It is taken on; each of its messages bears the user id.
    case taken(userID: String)
    /// It is closed without a word, and the peer dials again after a while.
    case later
    /// It is closed, and the peer is told that it is not wanted. It does not dial again by itself.
    case refused(reason: String)

    /// As the protocol has it: request id, status, its text, the user id, and metadata that nobody needs.
    func frames(answering id: [UInt8]) -> [[UInt8]] {
        let (status, text, userID) =
            switch self {
            case .taken(let userID): ("200", "OK", userID)
            case .later: ("300", "not now", "")
            case .refused(let reason): ("400", reason, "")
            }
        return [
            AuthenticationRequest.version, id, Array(status.utf8), Array(text.utf8),
            Array(userID.utf8), [],
        ]
    }

    /// To what is no request.
    static func unreadable(_ id: [UInt8]) -> [[UInt8]] {
        [
            AuthenticationRequest.version, id, Array("500".utf8), Array("unreadable".utf8), [],
            [],
        ]
    }
}
