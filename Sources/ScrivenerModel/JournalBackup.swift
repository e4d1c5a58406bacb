// A copy of the journal, as it is told of.

/// Where a copy of the journal lies.
public struct JournalBackup: Sendable, Hashable, Codable {
    /// On the coordinator's host.
    public var path: String

    public init(path: String) { self.path = path }
}
