// What an agent says of itself to a pool, whatever it is made of.

/// How an agent of a file is called and what it offers.
public struct AgentIdentity: Sendable, Equatable {
    public var name: String
    public var capabilities: [String]
    /// Beside those of its worker.
    public var tags: [String]
    /// How many attempts it executes at once; as many as its worker says when `nil`. 1…10,000.
    public var slots: Int32?
    /// For people; empty when nothing is said.
    public var version: String

    public init(
        name: String, capabilities: [String] = [], tags: [String] = [], slots: Int32? = nil,
        version: String = ""
    ) {
        self.name = name
        self.capabilities = capabilities
        self.tags = tags
        self.slots = slots
        self.version = version
    }
}
