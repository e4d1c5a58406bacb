// One attempt at a delivery, over HTTP. A name is resolved here, each address is held against what may
// be reached, and the client is told which address the name stands for: it resolves nothing itself, so
// a name that stands for another address a moment later (DNS rebinding) gains nothing. Redirects are
// not followed. Of the answer only its head is read.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import ScrivenerModel
import ScrivenerShell
import ScrivenerStore

/// Sends messages.
struct CallbackSender: Sendable {
    /// For connecting, and for all of an attempt.
    private static let connectTimeout = TimeAmount.seconds(5)
    private static let timeout = Duration.seconds(15)

    let reach: WebhookReach
    let resolver: HostResolver

    /// - Returns: always something; `abandoned` when the task was cancelled before there was an
    ///   answer.
    func send(_ delivery: DueDelivery) async -> DeliveryOutcome {
        let deadline = NIODeadline.now() + .seconds(Self.timeout.components.seconds)
        do {
            let url = try CallbackURL(delivery.url)
            let addresses = try await addresses(of: url.host)
            let allowed =
                reach == .any
                ? addresses : addresses.filter { SpecialAddress.isPublic($0.bytes) }
            guard !allowed.isEmpty else {
                return .refused(reason: Self.refusal(addresses))
            }
            // One that does not answer is not the only one that is tried.
            let address = allowed[delivery.attempts % allowed.count]
            return try await post(delivery, to: url, at: address, until: deadline)
        } catch _ where Task.isCancelled {
            return .abandoned
        } catch let failure as ResolutionFailure {
            return .failed(reason: "the host's name was not resolved: \(failure.reason)")
        } catch {
            return .failed(reason: Self.reason(error))
        }
    }

    private func addresses(of host: String) async throws -> [HostAddress] {
        try await withThrowingTaskGroup(of: [HostAddress].self) { group in
            group.addTask { try await resolver.addresses(of: host) }
            group.addTask {
                try await Task.sleep(for: Self.timeout)
                let seconds = Self.timeout.components.seconds
                throw ResolutionFailure(reason: "no answer within \(seconds) s")
            }
            defer { group.cancelAll() }
            guard let found = try await group.next() else { throw CancellationError() }
            return found
        }
    }

    private func post(
        _ delivery: DueDelivery, to url: CallbackURL, at address: HostAddress,
        until deadline: NIODeadline
    ) async throws -> DeliveryOutcome {
        // The client reads the URL for itself. What it reads another host in than the one that was
        // looked up, it would look up for itself as well.
        guard URL(string: url.text)?.host == url.host else { throw HTTPClientError.invalidURL }
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: Self.connectTimeout))
        configuration.httpVersion = .http1Only
        configuration.dnsOverride = [url.host: address.text]
        configuration.connectionPool.retryConnectionEstablishment = false
        // An application that traces itself tells strangers nothing of that.
        configuration.tracing.tracer = nil
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: configuration)
        let outcome: Result<DeliveryOutcome, any Error>
        do {
            let response = try await client.execute(
                try request(delivery, url), deadline: deadline)
            outcome = .success(
                .answered(
                    status: Int(response.status.code),
                    retryAfter: RetryAfter.span(
                        response.headers.first(name: "retry-after"), at: BootClock.wall)))
        } catch {
            outcome = .failure(error)
        }
        await Self.close(client)
        return try outcome.get()
    }

    /// Waits until the socket is closed, so that no more are open than attempts are under way. When the
    /// coordinator stops nobody waits: one that is just connecting, or takes its leave over TLS, needs
    /// seconds.
    private static func close(_ client: HTTPClient) async {
        let (closing, closed) = AsyncStream.makeStream(of: Void.self)
        client.shutdown { _ in closed.finish() }
        for await _ in closing {}
    }

    private func request(
        _ delivery: DueDelivery, _ url: CallbackURL
    ) throws(CallbackDefect) -> HTTPClientRequest {
        let message = delivery.message
        let timestamp = BootClock.wall.millisecondsSince1970 / 1_000
        let signature = WebhookSignature.header(
            id: message.id, timestamp: timestamp, body: message.body,
            key: try CallbackSecret(delivery.secret).base64)
        var request = HTTPClientRequest(url: url.text)
        request.method = .POST
        request.headers = [
            "content-type": "application/json",
            "user-agent": "agent-scrivener/\(SoftwareVersion.current)",
            "webhook-id": message.id,
            "webhook-timestamp": "\(timestamp)",
            "webhook-signature": signature,
        ]
        request.body = .bytes(ByteBuffer(bytes: message.body))
        return request
    }

    private static func refusal(_ addresses: [HostAddress]) -> String {
        let shown = addresses.prefix(3).map(\.text).joined(separator: ", ")
        return "address refused: \(shown) is not public (the option --webhooks any allows it)"
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError: "the connection failed: \(error.description)"
        case let error as HTTPClientError: reason(error)
        default: "the request failed: \(String("\(error)".prefix(200)))"
        }
    }

    private static func reason(_ error: HTTPClientError) -> String {
        switch error {
        case .connectTimeout: "the connection took too long"
        case .deadlineExceeded, .readTimeout: "the answer took too long"
        case .remoteConnectionClosed: "the connection was closed without an answer"
        default: "the request failed: \(error.description)"
        }
    }
}
