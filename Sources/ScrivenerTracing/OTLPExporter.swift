// Exports spans as they end, in batches, beside whatever makes them; at shutdown what is left, within a time limit.

import AsyncHTTPClient
import Logging
import NIOCore
import ServiceLifecycle

struct OTLPExporter: Service {
    /// How long what is left may take at shutdown.
    static let flushLimit = Duration.seconds(2)

    private let settings: TracingSettings
    private let queue: SpanQueue
    private let logger: Logger

    init(settings: TracingSettings, queue: SpanQueue, logger: Logger) {
        self.settings = settings
        self.queue = queue
        self.logger = logger
    }

    /// Exports until graceful shutdown, and then what is left.
    func run() async throws {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: TimeAmount(settings.timeout)))
        // Or each export would be something to export.
        configuration.tracing.tracer = nil
        let client = HTTPClient(
            eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: configuration)
        let sender = SpanSender(
            client: client, settings: settings, queue: queue, logger: logger)
        await cancelWhenGracefulShutdown { await export(by: sender) }
        if !Task.isCancelled { await sender.sendAll(until: .now + Self.flushLimit) }
        sender.giveUp()
        try await client.shutdown()
    }

    /// Until it is cancelled.
    private func export(by sender: SpanSender) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while (try? await Task.sleep(for: settings.delay)) != nil { queue.wake() }
            }
            group.addTask {
                for await _ in queue.wakes { await sender.sendAll() }
            }
        }
    }
}

extension TimeAmount {
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
