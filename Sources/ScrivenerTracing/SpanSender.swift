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

/// Delivers batches to a receiver, until it gives up, as it has to in the end.
final class SpanSender: Sendable {
    /// With these a receiver says that it may take the same later.
    private static let passing: Set<UInt> = [429, 502, 503, 504]
    static let maximumAttempts = 5
    /// Whatever a receiver wishes.
    private static let pauses = Duration.seconds(0.5)...Duration.seconds(30)
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
    private let sleep: @Sendable (Duration) async throws -> Void
    /// A receiver that is gone is told of once, and not with each batch.
    private let isFailing = Mutex(false)

    /// - Parameter sleep: for the pauses between two attempts, and for as long as an answer may take to its end.
    init(
        settings: TracingSettings, queue: SpanQueue, logger: Logger,
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            try await Task.sleep(for: $0)
        }
    ) {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(settings.timeout)))
        // A receiver that is not there is tried again here, after a pause.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Or each export would be something to export.
        configuration.tracing.tracer = nil
        client = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        self.settings = settings
        self.queue = queue
        self.logger = logger
        self.sleep = sleep
    }

    /// Sends all that waits. What is not sent when the task is cancelled, or the time is up, waits again.
    func sendAll(until deadline: ContinuousClock.Instant? = nil) async {
        while !Task.isCancelled {
            let batch = queue.takeBatch()
            guard !batch.isEmpty else { return }
            guard await deliver(batch, until: deadline) else { return queue.putBack(batch) }
        }
    }

    /// What still waits will not be sent any more, nor will anything else. Nobody waits for the connections: one
    /// that is just being made needs until its time is up.
    func giveUp() {
        client.shutdown { _ in }
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
        for attempt in 1...Self.maximumAttempts {
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
                guard attempt < Self.maximumAttempts else { break }
                let wait = Self.pauses.clamp(wish ?? pause * Double.random(in: 0.5...1))
                if let deadline, ContinuousClock.now + wait >= deadline { return false }
                do { try await sleep(wait) } catch { return false }
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
        let deadline = ContinuousClock.now + time
        let response: HTTPClientResponse
        do {
            response = try await client.execute(request, timeout: TimeAmount(time))
        } catch {
            return .busy("the receiver of traces cannot be reached: \(error)", after: nil)
        }
        let status = response.status.code
        if (200..<300).contains(status) {
            // It was taken, whether or not more can be read of how.
            let answer = await bytes(of: response.body, until: deadline)
            return .taken(rejected: answer.map(Self.rejected) ?? 0)
        }
        let why = "the receiver of traces answers \(status)"
        guard Self.passing.contains(UInt(status)) else { return .refused(why) }
        let wish = response.headers.first(name: "retry-after").flatMap { Int64($0) }
        return .busy(why, after: wish.map { .seconds($0) })
    }

    /// The client's own deadline ends with the head of an answer.
    ///
    /// - Returns: `nil` when it does not come in time, or is no answer.
    private func bytes(
        of body: HTTPClientResponse.Body, until deadline: ContinuousClock.Instant
    ) async -> [UInt8]? {
        await withTaskGroup(of: [UInt8]?.self) { group in
            group.addTask {
                let answer = try? await body.collect(upTo: Self.maximumAnswerBytes)
                return answer.map { Array($0.readableBytesView) }
            }
            group.addTask {
                try? await self.sleep(ContinuousClock.now.duration(to: deadline))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
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

extension TimeAmount {
    fileprivate init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}

extension ClosedRange<Duration> {
    fileprivate func clamp(_ duration: Duration) -> Duration {
        Swift.min(Swift.max(duration, lowerBound), upperBound)
    }
}
