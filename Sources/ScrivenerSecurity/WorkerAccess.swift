// Which keys may connect as which workers. A value: whoever reads the files makes another one, which takes the
// place of the one before as a whole.

import ScrivenerModel
package import ZeroMQ

/// The workers that may connect, by their keys.
package struct WorkerAccess: Sendable, Equatable {
    private var workers: [CurvePublicKey: String] = [:]

    /// Nobody may.
    package init() {}

    /// - Parameter enrolled: those by other tokens than `tokens` do not count.
    package init(
        named: [NamedWorkerKey], enrolled: [EnrolledKey] = [], tokens: [PoolTokenRecord] = []
    ) {
        let digests = Dictionary(grouping: tokens, by: \.pool).mapValues { Set($0.map(\.digest)) }
        let taken = Set(named.map(\.worker))
        for each in enrolled {
            // Whoever has a pool's token cannot take the name of a worker that somebody has listed.
            guard let pool = each.worker.pool, digests[pool]?.contains(each.token) == true,
                !taken.contains(each.worker)
            else { continue }
            workers[each.key] = each.worker.description
        }
        for each in named { workers[each.key] = each.worker.description }
    }

    /// The id of the worker that a key belongs to; `nil` for a key that is not on the list.
    package subscript(key: CurvePublicKey) -> String? { workers[key] }

    /// How many keys are on the list.
    package var count: Int { workers.count }
}
