// What is wrong with a callback's URL or secret. It never quotes either.

/// Why a URL or a secret cannot be taken.
public struct CallbackDefect: Error, Sendable, Equatable {
    public var message: String
    public var limit: String?
    public var actual: String?

    init(_ message: String, limit: String? = nil, actual: String? = nil) {
        self.message = message
        self.limit = limit
        self.actual = actual
    }
}
