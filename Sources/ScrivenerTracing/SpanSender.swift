// Posts spans, and tries again what a receiver may take later: OTLP over HTTP
// (https://opentelemetry.io/docs/specs/otlp/#otlphttp).

import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1
import ScrivenerMetrics
import ScrivenerModel
import ScrivenerShell
import Synchronization

/// Delivers batches to a receiver.
final class SpanSender: Sendable {
    /// With these a receiver says that it may take the same later.
    private static let passing: Set<UInt> = [429, 502, 503, 504]
    private static let maximumAttempts = 5
    private static let maximumPause = Duration.seconds(30)
    private static let maximumAnswerBytes = 64 << 10

    private enum Answer {
        /// All but so many.
        case taken(rejected: Int)
        case refused(String)
        /// It may be worth trying again, after a time if it has said so.
        case busy(String, after: Duration?)
    }

    private let client: HTTPClient
    private let settings: TracingSettings
    private let queue: SpanQueue
    private let logger: Logger
    /// A receiver that is gone is told of once, and not with each batch.
    private let isFailing = Mutex(false)

    init(client: HTTPClient, settings: TracingSettings, queue: SpanQueue, logger: Logger) {
        self.client = client
        self.settings = settings
        self.queue = queue
        self.logger = logger
    }

    /// Sends all that waits. What is not sent when the task is cancelled, or the time is up, waits again.
    func sendAll(until deadline: ContinuousClock.Instant? = nil) async {
        while !Task.isCancelled {
            let batch = queue.takeBatch()
            guard !batch.isEmpty else { return }
            guard await deliver(batch, until: deadline) else { return queue.putBack(batch) }
        }
    }

    /// What still waits will not be sent any more.
    func giveUp() {
        while case let batch = queue.takeBatch(), !batch.isEmpty {
            queue.tally.count(dropped: batch.count, because: .unreachable)
        }
    }

    /// - Returns: whether it is over: taken, or dropped.
    private func deliver(
        _ batch: [SpanRecord], until deadline: ContinuousClock.Instant?
    ) async -> Bool {
        let body = OTLPEncoding.request(
            batch, resource: settings.resource, version: SoftwareVersion.current)
        var pause = Duration.seconds(1)
        for _ in 0..<Self.maximumAttempts {
            let left = deadline.map { ContinuousClock.now.duration(to: $0) } ?? settings.timeout
            guard left > .zero else { return false }
            switch await post(body, within: min(settings.timeout, left)) {
            case .taken(let rejected):
                noteSuccess()
                let dropped = min(max(0, rejected), batch.count)
                queue.tally.count(exported: batch.count - dropped)
                if dropped > 0 { queue.tally.count(dropped: dropped, because: .refused) }
                return true
            case .refused(let why):
                noteFailure(why)
                queue.tally.count(dropped: batch.count, because: .refused)
                return true
            case .busy(let why, let wish):
                guard !Task.isCancelled else { return false }
                noteFailure(why)
                let wait = min(wish ?? pause * Double.random(in: 0.5...1), Self.maximumPause)
                if let deadline, ContinuousClock.now + wait >= deadline { return false }
                do { try await Task.sleep(for: wait) } catch { return false }
                pause *= 2
            }
        }
        queue.tally.count(dropped: batch.count, because: .unreachable)
        return true
    }

    private func post(_ body: [UInt8], within time: Duration) async -> Answer {
        var request = HTTPClientRequest(url: settings.endpoint)
        request.method = .POST
        request.headers.add(name: "content-type", value: "application/json")
        for header in settings.headers {
            request.headers.replaceOrAdd(name: header.name, value: header.value)
        }
        request.body = .bytes(ByteBuffer(bytes: body))
        do {
            let response = try await client.execute(request, timeout: TimeAmount(time))
            let status = response.status.code
            let answer = try await response.body.collect(upTo: Self.maximumAnswerBytes)
            if (200..<300).contains(status) {
                return .taken(rejected: Self.rejected(in: Array(answer.readableBytesView)))
            }
            let why = "the receiver of traces answers \(status)"
            guard Self.passing.contains(UInt(status)) else { return .refused(why) }
            let wish = response.headers.first(name: "retry-after").flatMap { Int($0) }
            return .busy(why, after: wish.map { .seconds(max(0, $0)) })
        } catch {
            return .busy("the receiver of traces cannot be reached: \(error)", after: nil)
        }
    }

    /// How many spans a receiver did not want that took the others.
    private static func rejected(in answer: [UInt8]) -> Int {
        guard let value = try? RawJSON(answer).value(),
            let rejected = value["partialSuccess"]?["rejectedSpans"]
        else { return 0 }
        return rejected.integerValue.map { Int(clamping: $0) }
            ?? rejected.stringValue.flatMap { Int($0) } ?? 0
    }

    private func noteFailure(_ why: String) {
        guard isNews(isFailing: true) else { return }
        logger.warning("spans are not exported", metadata: ["reason": "\(why)"])
    }

    private func noteSuccess() {
        if isNews(isFailing: false) { logger.notice("spans are exported again") }
    }

    private func isNews(isFailing now: Bool) -> Bool {
        isFailing.withLock { before in
            defer { before = now }
            return before != now
        }
    }
}
