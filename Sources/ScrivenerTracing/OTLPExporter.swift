// Exports spans as they end, in batches, beside whatever makes them; at shutdown what is left, within a time limit.

import Logging
import ServiceLifecycle

struct OTLPExporter: Service {
    /// How long what is left may take at shutdown.
    let flushLimit: Duration
    private let settings: TracingSettings
    private let queue: SpanQueue
    private let logger: Logger

    init(
        settings: TracingSettings, queue: SpanQueue, logger: Logger,
        flushLimit: Duration = .seconds(2)
    ) {
        self.flushLimit = flushLimit
        self.settings = settings
        self.queue = queue
        self.logger = logger
    }

    /// Exports until graceful shutdown, and then what is left.
    func run() async {
        let sender = SpanSender(settings: settings, queue: queue, logger: logger)
        await cancelWhenGracefulShutdown { await export(by: sender) }
        if !Task.isCancelled { await sender.sendAll(until: .now + flushLimit) }
        sender.giveUp()
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
