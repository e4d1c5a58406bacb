// One attempt at a delivery, over HTTP. Whom it reaches is decided by the outbound client: an address that was
// checked, and no redirect. Of the answer only its head is read, and no connection is kept.

import NIOHTTP1
import ScrivenerModel
import ScrivenerOutbound
import ScrivenerShell
import ScrivenerStore

/// Sends messages.
struct CallbackSender: Sendable {
    /// For all of an attempt.
    private static let timeout = Duration.seconds(15)

    private let client: OutboundClient

    /// - Parameter threads: as many names are looked up at once.
    init(reach: WebhookReach, threads: Int) {
        var settings = OutboundSettings()
        settings.connectTimeout = .seconds(5)
        settings.idleTimeout = Self.timeout
        settings.timeout = Self.timeout
        settings.keptHosts = 0
        client = OutboundClient(
            settings, reaching: reach == .any ? .any : .publicOnly,
            resolver: HostResolver(threads: threads))
    }

    /// Ends what looks up names.
    func close() async { await client.shutdown() }

    /// - Returns: always something; `abandoned` when the task was cancelled before there was an
    ///   answer.
    func send(_ delivery: DueDelivery) async -> DeliveryOutcome {
        do {
            let head = try await client.exchange(try request(delivery)) { $0.head }
            return .answered(status: head.status, retryAfter: head.retryAfter)
        } catch _ where Task.isCancelled {
            return .abandoned
        } catch let error as OutboundError {
            guard case .refused = error else { return .failed(reason: error.description) }
            return .refused(reason: "\(error) (the option --webhooks any allows it)")
        } catch {
            return .failed(reason: "the request failed: \(String("\(error)".prefix(200)))")
        }
    }

    private func request(_ delivery: DueDelivery) throws(CallbackDefect) -> OutboundRequest {
        let message = delivery.message
        let timestamp = BootClock.wall.millisecondsSince1970 / 1_000
        let signature = WebhookSignature.header(
            id: message.id, timestamp: timestamp, body: message.body,
            key: try CallbackSecret(delivery.secret).base64)
        var request = OutboundRequest(
            .POST, OutboundURL(try CallbackURL(delivery.url)),
            headers: [
                "content-type": "application/json", "webhook-id": message.id,
                "webhook-timestamp": "\(timestamp)", "webhook-signature": signature,
            ], body: message.body)
        // An address that does not answer is not the only one that is tried.
        request.turn = delivery.attempts
        return request
    }
}
