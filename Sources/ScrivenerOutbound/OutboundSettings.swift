// What a client's exchanges are bounded by.

import ScrivenerShell

/// The limits of a client.
package struct OutboundSettings: Sendable, Equatable {
    /// Of one connection.
    package var connectTimeout = Duration.seconds(5)
    /// So long the other side may be silent: before its answer, and in the middle of it. Of a stream it has to
    /// be longer than the pauses between its events.
    package var idleTimeout = Duration.seconds(30)
    /// Of a whole exchange, with names, redirects and the reading of the answer. A request may say otherwise.
    package var timeout = Duration.seconds(60)
    package var maximumHeadBytes = 64 << 10
    /// Of a body as it is read, decompressed; also of all of a stream.
    package var maximumBodyBytes = 8 << 20
    /// Of the data of one event of a stream.
    package var maximumEventBytes = 1 << 20
    /// How many redirects are followed, of `GET` and `HEAD` only, each checked like a first request. With none
    /// they are answers like others.
    package var maximumRedirects = 0
    /// Whether bodies may come compressed.
    package var decompresses = false
    /// To one host at once; more wait for one to be free.
    package var maximumConnections = 256
    /// With how many hosts connections are kept for a while. None: each exchange has its own, which is closed
    /// when `exchange` returns.
    package var keptHosts = 16
    /// Who asks, as the header `user-agent` has it. Where pages are fetched it says where to complain.
    package var userAgent = "agent-scrivener/\(SoftwareVersion.current)"

    package init() {}
}
