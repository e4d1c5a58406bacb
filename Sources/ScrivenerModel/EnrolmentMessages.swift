// What a replica of a pool and the coordinator say to each other before the replica's key is known.

/// A replica wants the key of its connection to be listed as its own.
///
/// It does not print its token.
package struct EnrolmentRequest: Sendable, Equatable {
    /// As a message.
    package static let maximumBytes = 1 << 10
    package static let maximumTokenBytes = 256

    package var pool: String
    /// Within the pool.
    package var name: String
    /// What the pool's token file has in it.
    package var token: [UInt8]

    package init(pool: String, name: String, token: [UInt8]) {
        self.pool = pool
        self.name = name
        self.token = token
    }
}

extension EnrolmentRequest: CustomStringConvertible, CustomReflectable {
    package var description: String { "enrolment of \(pool)/\(name)" }
    package var customMirror: Mirror { Mirror(self, children: ["pool": pool, "name": name]) }
}

/// What it is told.
package enum EnrolmentAnswer: Sendable, Equatable {
    /// The key is listed for a worker of this id.
    case listed(workerID: String)
    case refused(code: ErrorCode, reason: String)
}
