// The keys of replicas that have enrolled, in the order in which they came.

import ScrivenerModel

/// The coordinator's memory of them. A replica whose key is forgotten enrols again.
package struct EnrolledKeys: Sendable, Equatable {
    /// How many replicas of a pool are remembered; the oldest is forgotten.
    package static let maximumOfPool = 10_000
    /// Of all pools together: as many as the file of them may hold, with the longest names.
    package static let maximum = 40_000

    package private(set) var keys: [EnrolledKey]
    private let limit: Int
    private let total: Int

    package init(
        _ keys: [EnrolledKey] = [], limit: Int = EnrolledKeys.maximumOfPool,
        total: Int = EnrolledKeys.maximum
    ) {
        self.keys = keys
        self.limit = limit
        self.total = total
    }

    /// Takes a key on. The one that the same replica had before no longer counts.
    package mutating func add(_ new: EnrolledKey) {
        keys.removeAll { $0.worker == new.worker || $0.key == new.key }
        keys.append(new)
        if keys.count > total { keys.removeFirst() }
        let ofPool = keys.count { $0.worker.pool == new.worker.pool }
        guard ofPool > limit,
            let oldest = keys.firstIndex(where: { $0.worker.pool == new.worker.pool })
        else { return }
        keys.remove(at: oldest)
    }

    /// Forgets those whose token is no more.
    package mutating func keepOnly(of tokens: [PoolTokenRecord]) {
        let digests = Set(tokens.map(\.digest))
        keys.removeAll { !digests.contains($0.token) }
    }

    var fileBytes: [UInt8] {
        let comment =
            "# Written by the coordinator: replica, key, SHA-256 of its token, time.\n"
        return Array((comment + keys.map { $0.line + "\n" }.joined()).utf8)
    }
}
