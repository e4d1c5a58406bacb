// What the id of a worker looks like: a name, or the name of its pool and one within it.

/// A worker's id: `name`, or `pool/name` for a replica of a pool.
///
/// Each part is a `PlanName`; that of the pool has 64 characters at most. In URLs the slash is `%2F`.
public struct WorkerName: Sendable, Hashable, CustomStringConvertible {
    /// The pool that the worker is a replica of, if any.
    public let pool: String?
    /// Its name; within the pool, if it is of one.
    public let name: String

    /// - Returns: `nil` where one of the parts is no name.
    public init?(pool: String?, name: String) {
        if let pool {
            guard PlanName.isValid(pool, limit: PoolSpecification.maximumNameLength) else {
                return nil
            }
        }
        guard PlanName.isValid(name) else { return nil }
        self.pool = pool
        self.name = name
    }

    /// Reads an id.
    ///
    /// - Returns: `nil` where the text is no worker's id.
    public init?(_ text: String) {
        guard let slash = text.utf8.firstIndex(of: UInt8(ascii: "/")) else {
            self.init(pool: nil, name: text)
            return
        }
        self.init(
            pool: String(text[..<slash]), name: String(text[text.utf8.index(after: slash)...]))
    }

    public static func isValid(_ text: String) -> Bool { WorkerName(text) != nil }

    /// The id.
    public var description: String { pool.map { "\($0)/\(name)" } ?? name }
}
