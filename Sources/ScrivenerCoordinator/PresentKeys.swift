// What of the secrets there is when a coordinator starts: whether it may bind beyond loopback depends on that.

/// Which keys and tokens the folder of keys holds.
package struct PresentKeys: Sendable, Equatable {
    /// Whether the coordinator has a key of its own, so that it can tell workers from others.
    package var workerKeys: Bool
    /// Whether there is a token that opens the HTTP API.
    package var tokens: Bool

    package init(workerKeys: Bool = false, tokens: Bool = false) {
        self.workerKeys = workerKeys
        self.tokens = tokens
    }
}
