// Asks servers on the network, whoever they are. A name is resolved here, each of its addresses is held
// against what may be reached, and the client below is told which address the name stands for. Redirects are
// followed only where that is asked for, each as if it were a first request. Everything has a limit: head,
// body, events, silence, and the whole.
//
// The rules are those of OWASP, "Server-Side Request Forgery Prevention Cheat Sheet". Proxies are not used: the
// address that is checked has to be the one that is reached.

import AsyncHTTPClient
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// Sends requests and reads answers.
///
/// One for each purpose with limits of its own; safe to use from many tasks. It has to be shut down by whoever
/// made it, when nobody uses it any more.
package final class OutboundClient: Sendable {
    package let settings: OutboundSettings
    private let rule: AddressRule
    private let resolver: any NameResolver
    private let clients: PinnedClients

    /// - Parameters:
    ///   - rule: whom it may reach. `any` is for URLs that the operator wrote; what comes from plans, pages
    ///     or answers goes by `public`.
    ///   - resolver: who knows the addresses of names; closed by `shutdown`.
    package init(
        _ settings: OutboundSettings = OutboundSettings(), reaching rule: AddressRule,
        resolver: any NameResolver = HostResolver(threads: 4)
    ) {
        self.settings = settings
        self.rule = rule
        self.resolver = resolver
        clients = PinnedClients(settings)
    }

    /// Closes all connections. What is under way fails.
    package func shutdown() async {
        resolver.close()
        await clients.shutdown()
    }

    /// Sends a request and reads the whole answer, whatever its status.
    ///
    /// - Throws: `OutboundError`, and `CancellationError` when the task is cancelled.
    package func send(_ request: OutboundRequest) async throws -> OutboundResponse {
        try await exchange(request) { stream in
            OutboundResponse(head: stream.head, body: try await stream.rest())
        }
    }

    /// Sends a request and has `read` read its answer as it comes. When `read` returns, what is left of the
    /// answer is given up with its connection.
    ///
    /// - Throws: `OutboundError`, `CancellationError` when the task is cancelled, and what `read` throws.
    package func exchange<Value: Sendable>(
        _ request: OutboundRequest,
        _ read: @escaping @Sendable (inout OutboundStream) async throws -> Value
    ) async throws -> Value {
        let result: Result<Value, any Error>
        do {
            result = .success(try await exchangeInTime(request, read))
        } catch {
            result = .failure(error)
        }
        await clients.closeSurplus()
        return try result.get()
    }

    private func exchangeInTime<Value: Sendable>(
        _ request: OutboundRequest,
        _ read: @escaping @Sendable (inout OutboundStream) async throws -> Value
    ) async throws -> Value {
        let limit = request.timeout ?? settings.timeout
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { [self] in try await follow(request, read) }
            group.addTask {
                try await Task.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            guard let ended = try await group.next() else { throw CancellationError() }
            guard let value = ended else { throw OutboundError.timedOut(limit: limit) }
            return value
        }
    }

    // MARK: Redirects

    /// What an answer comes to.
    private enum Answer<Value: Sendable>: Sendable {
        case value(Value)
        case redirect(to: String)
    }

    private func follow<Value: Sendable>(
        _ original: OutboundRequest, _ read: (inout OutboundStream) async throws -> Value
    ) async throws -> Value {
        var request = original
        let isFollowed =
            settings.maximumRedirects > 0 && (request.method == .GET || request.method == .HEAD)
        for _ in 0...settings.maximumRedirects {
            let answer: Answer<Value> = try await dial(request) { stream in
                if isFollowed, let place = stream.head.redirect { return .redirect(to: place) }
                return .value(try await read(&stream))
            }
            switch answer {
            case .value(let value): return value
            case .redirect(let place): request = try request.redirected(to: place)
            }
        }
        throw OutboundError.tooManyRedirects(limit: settings.maximumRedirects)
    }

    // MARK: One request

    /// Tries the addresses one after the other, as long as no connection comes about.
    private func dial<Value: Sendable>(
        _ request: OutboundRequest, _ read: (inout OutboundStream) async throws -> Value
    ) async throws -> Value {
        // The client reads the URL for itself. What it reads another host in than the one that was
        // looked up, it would look up for itself as well.
        guard URL(string: request.url.text)?.host == request.url.host else {
            throw OutboundError.invalidURL(reason: "two readers disagree on its host")
        }
        let addresses = try await addresses(of: request.url.host)
        let first = request.turn.magnitude % UInt(addresses.count)
        var failure = OutboundError.unresolved(reason: "the name has no address")
        for address in addresses[Int(first)...] + addresses[..<Int(first)] {
            do {
                return try await clients.withClient(for: request.url.host, at: address) {
                    try await ask($0, request, read)
                }
            } catch let error as OutboundError {
                guard case .unreachable = error else { throw error }
                failure = error
            }
        }
        guard case .unreachable(let reason) = failure else { throw failure }
        throw OutboundError.unreachable(reason: "\(request.url.origin): \(reason)")
    }

    /// Those that may be reached; at least one.
    private func addresses(of host: String) async throws -> [HostAddress] {
        let found: [HostAddress]
        do {
            found = try await resolver.addresses(of: host)
        } catch let failure as ResolutionFailure {
            throw OutboundError.unresolved(reason: failure.reason)
        }
        let allowed = found.filter(rule.allows)
        guard !allowed.isEmpty else { throw OutboundError.refused(addresses: found.map(\.text)) }
        return allowed
    }

    private func ask<Value: Sendable>(
        _ client: HTTPClient, _ request: OutboundRequest,
        _ read: (inout OutboundStream) async throws -> Value
    ) async throws -> Value {
        var wire = HTTPClientRequest(url: request.url.text)
        wire.method = request.method
        wire.headers = request.headers
        wire.headers.replaceOrAdd(name: "user-agent", value: settings.userAgent)
        if settings.decompresses {
            wire.headers.replaceOrAdd(name: "accept-encoding", value: "gzip, deflate")
        }
        if !request.body.isEmpty { wire.body = .bytes(ByteBuffer(bytes: request.body)) }
        let response: HTTPClientResponse
        let begun = ContinuousClock.now
        do {
            // The exchange has its own end of time, which covers the body as well.
            response = try await client.execute(wire, deadline: .distantFuture)
        } catch {
            // Whatever keeps a connection from coming about does so within its time.
            let mayBeSent = ContinuousClock.now - begun > settings.connectTimeout + .seconds(1)
            throw TransportError.classified(
                error, idleTimeout: settings.idleTimeout, bodyLimit: settings.maximumBodyBytes,
                mayBeSent: mayBeSent)
        }
        let head = OutboundHead(
            status: Int(response.status.code), headers: response.headers, url: request.url)
        let bytes = head.headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard bytes <= settings.maximumHeadBytes else {
            throw OutboundError.tooLarge(.head, limit: settings.maximumHeadBytes)
        }
        var stream = OutboundStream(head: head, body: response.body, settings)
        return try await read(&stream)
    }
}
