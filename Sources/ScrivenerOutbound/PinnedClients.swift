// Clients that know one name and the one address it stands for. They resolve nothing themselves: the
// address that was checked is the one that is dialled, also when a name stands for another one a moment
// later (DNS rebinding), and connections that are kept are kept with that address.

import AsyncHTTPClient
import NIOCore
import NIOHTTPCompression
import NIOPosix
import Synchronization

/// Lends clients.
final class PinnedClients: Sendable {
    private struct Key: Hashable {
        var host: String
        var address: HostAddress
    }

    private struct Entry {
        var client: HTTPClient
        var users = 0
        /// When it was lent last, by the count of loans.
        var loan = 0
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var loans = 0
        /// Nobody uses them any more; to be closed.
        var surplus: [HTTPClient] = []
    }

    private let settings: OutboundSettings
    private let state = Mutex(State())

    init(_ settings: OutboundSettings) { self.settings = settings }

    deinit {
        for client in takeAll() { client.shutdown { _ in } }
    }

    /// Lends a client for the time that `body` runs.
    func withClient<Value>(
        for host: String, at address: HostAddress, _ body: (HTTPClient) async throws -> Value
    ) async throws -> Value {
        let key = Key(host: host, address: address)
        let client = lend(key)
        defer { giveBack(key) }
        return try await body(client)
    }

    /// Closes clients that are more than are kept, and waits until their sockets are closed, so that no more
    /// are open than exchanges are under way. Whoever is cancelled does not wait: one that is just connecting,
    /// or takes its leave over TLS, needs seconds.
    func closeSurplus() async {
        let surplus = state.withLock { state in
            defer { state.surplus.removeAll() }
            return state.surplus
        }
        for client in surplus { await Self.close(client) }
    }

    func shutdown() async {
        for client in takeAll() { await Self.close(client) }
    }

    // MARK: The book of loans

    private func lend(_ key: Key) -> HTTPClient {
        state.withLock { state in
            state.loans += 1
            var entry = state.entries[key] ?? Entry(client: client(for: key))
            entry.users += 1
            entry.loan = state.loans
            state.entries[key] = entry
            return entry.client
        }
    }

    private func giveBack(_ key: Key) {
        state.withLock { state in
            state.entries[key]?.users -= 1
            while state.entries.count > settings.keptHosts {
                let idle = state.entries.filter { $0.value.users == 0 }
                guard let oldest = idle.min(by: { $0.value.loan < $1.value.loan }) else { break }
                state.entries[oldest.key] = nil
                state.surplus.append(oldest.value.client)
            }
        }
    }

    private func takeAll() -> [HTTPClient] {
        state.withLock { state in
            defer {
                state.entries.removeAll()
                state.surplus.removeAll()
            }
            return state.entries.values.map(\.client) + state.surplus
        }
    }

    // MARK: Clients

    private func client(for key: Key) -> HTTPClient {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(
                connect: Self.amount(settings.connectTimeout),
                read: Self.amount(settings.idleTimeout)))
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = [key.host: key.address.text]
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit =
            settings.maximumConnections
        // Shorter than servers keep theirs: what they close just when it is used again is lost.
        configuration.connectionPool.idleTimeout = .seconds(2)
        if settings.decompresses {
            configuration.decompression = .enabled(limit: .size(settings.maximumBodyBytes))
        }
        // An application that traces itself tells strangers nothing of that.
        configuration.tracing.tracer = nil
        return HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration)
    }

    private static func amount(_ duration: Duration) -> TimeAmount {
        let (seconds, attoseconds) = duration.components
        return .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    private static func close(_ client: HTTPClient) async {
        let (closing, closed) = AsyncStream.makeStream(of: Void.self)
        client.shutdown { _ in closed.finish() }
        for await _ in closing {}
    }
}
