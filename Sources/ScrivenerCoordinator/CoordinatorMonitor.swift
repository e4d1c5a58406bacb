// What monitoring reads of a coordinator. The registry is filled from three sides: the loop and
// the journal's thread record into handles of their own, and the machine's figures are asked for
// when somebody scrapes.

import CoreMetrics
import Logging
import ScrivenerCore
import ScrivenerHTTP
import ScrivenerMetrics
import ScrivenerModel
import ScrivenerShell
import ScrivenerStore
import ZeroMQ

/// Answers scrapes.
final class CoordinatorMonitor: MetricsSource {
    private let registry: PrometheusRegistry
    private let requests: Mailbox<LoopRequest>
    private let instruments: CoordinatorInstruments
    private let process: ProcessMetrics
    private let spanExport: SpanExportMetrics
    private let eventStreams: Meter
    private let refusals: [ErrorCode: Counter]
    private let staleScrapes: Counter
    /// Handles for whoever looks after keys; their series are there without keys as well.
    let keyMeters: KeyMeters

    init(
        requests: Mailbox<LoopRequest>, seriesLimit: Int, spanExport: SpanExportTally,
        logger: Logger
    ) {
        self.requests = requests
        registry = PrometheusRegistry(
            CoordinatorMetrics.definitions, seriesLimit: seriesLimit, logger: logger)
        instruments = CoordinatorInstruments(registry)
        process = ProcessMetrics(registry, version: SoftwareVersion.current)
        self.spanExport = SpanExportMetrics(registry, spanExport)
        eventStreams = CoordinatorMetrics.eventStreams.meter(registry)
        let refused = CoordinatorMetrics.refusedRequests
        refusals = Dictionary(
            uniqueKeysWithValues: ErrorCode.refusals.map { [registry] code in
                (code, refused.counter(registry, [code.rawValue]))
            })
        staleScrapes = CoordinatorMetrics.staleScrapes.counter(registry)
        keyMeters = KeyMeters(registry)
    }

    /// Handles for the loop.
    var loopMeters: LoopMeters { LoopMeters(registry) }
    /// Handles for the journal's thread.
    var journalMeters: JournalMeters { JournalMeters(registry) }

    /// Handles for whoever tells callbacks.
    var deliveryMeters: DeliveryMeters { DeliveryMeters(registry) }

    var contentType: String { PrometheusRegistry.contentType }

    func exposition() async -> String {
        let asked = BootClock.now
        let figures = await withCheckedContinuation { waiter in
            if !requests.post(.figures(waiter)) { waiter.resume(returning: nil) }
        }
        if let figures {
            instruments.publish(figures, delay: BootClock.now.since(asked))
        } else {
            staleScrapes.increment()
        }
        process.update()
        spanExport.update()
        return registry.exposition()
    }

    func eventStreamOpened() { eventStreams.increment() }
    func eventStreamClosed() { eventStreams.decrement() }
    func requestRefused(_ code: ErrorCode) { refusals[code]?.increment() }
}

/// What the loop records. Confined to its thread.
struct LoopMeters {
    private let turns: Timer
    private let isFull: Meter
    private var received: (messages: MirroredCounter, bytes: MirroredCounter)
    private var sent: (messages: MirroredCounter, bytes: MirroredCounter)
    private var refused: CounterSet

    init(_ factory: any MetricsFactory) {
        func counter(_ definition: MetricDefinition) -> MirroredCounter {
            MirroredCounter(definition.counter(factory))
        }
        turns = CoordinatorMetrics.loopTurn.timer(factory)
        isFull = CoordinatorMetrics.journalFull.meter(factory)
        received = (
            counter(CoordinatorMetrics.receivedMessages),
            counter(CoordinatorMetrics.receivedBytes)
        )
        sent = (
            counter(CoordinatorMetrics.sentMessages), counter(CoordinatorMetrics.sentBytes)
        )
        refused = CounterSet(CoordinatorMetrics.refusedConnections, factory)
    }

    func turned(in time: TimeSpan) { turns.recordNanoseconds(time.nanoseconds) }
    func setFull(_ full: Bool) { isFull.set(full ? 1 : 0) }

    mutating func publish(_ traffic: WorkerSocket.Traffic, refused counts: [ErrorCode: Int64]) {
        received.messages.show(traffic.receivedMessages)
        received.bytes.show(traffic.receivedBytes)
        sent.messages.show(traffic.sentMessages)
        sent.bytes.show(traffic.sentBytes)
        for code in WorkerGate.codes { refused.show(counts[code] ?? 0, code.rawValue) }
    }
}

/// What the journal's thread records.
struct JournalMeters: Sendable {
    private let time: Timer
    private let facts: Recorder
    private let bytes: Recorder

    init(_ factory: any MetricsFactory) {
        time = CoordinatorMetrics.commitTime.timer(factory)
        facts = CoordinatorMetrics.commitFacts.recorder(factory)
        bytes = CoordinatorMetrics.commitBytes.recorder(factory)
    }

    func committed(_ batch: JournalBatch, in elapsed: TimeSpan) {
        time.recordNanoseconds(elapsed.nanoseconds)
        facts.record(batch.facts.count)
        bytes.record(batch.payload.count)
    }
}
