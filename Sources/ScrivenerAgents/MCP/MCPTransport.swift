// How messages reach a server and its answers come back.

import ScrivenerInterop
import ScrivenerModel

/// A way to one server, for one attempt.
protocol MCPTransport: Sendable {
    /// How long a server may be silent when it is asked which revisions it speaks, before it is taken for one that
    /// does not know that question; `nil` where it cannot stay silent.
    var probeTimeout: Duration? { get }

    /// Sends a request and waits for its result.
    ///
    /// - Parameter hear: gets the notifications that come meanwhile.
    /// - Throws: `JSONRPCError` where the server answers so, `MCPNotModern` where it does not seem to know what it
    ///   is asked in, `AgentFailure`, and `CancellationError`.
    func ask(
        _ request: MCPRequest, hear: @escaping @Sendable (MCPNotification) -> Void
    ) async throws -> JSONValue

    /// Sends a notification.
    func tell(_ notification: MCPNotification, in revision: MCPRevision) async throws
}

struct MCPRequest: Sendable, Equatable {
    var method: String
    var params: JSONValue
    var revision: MCPRevision
    /// What stands in headers beside, where there are headers.
    var parameterHeaders: [String: String] = [:]
}

struct MCPNotification: Sendable, Equatable {
    var method: String
    var params: JSONValue
}

/// The server did not answer as one of a modern revision would.
struct MCPNotModern: Error {
    /// What it is when there is no other way to speak with it.
    var failure: AgentFailure
}
