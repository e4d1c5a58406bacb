// Spans on their way to a receiver that is busy, does not want them, or is not there.

import Logging
import ScrivenerMetrics
import ServiceLifecycle
import Testing
import Tracing

@testable import ScrivenerTracing

/// What the exporting process is for.
private struct Work: Service {
    var body: @Sendable () async throws -> Void = {}

    func run() async throws { try await body() }
}

private struct WorkFailed: Error {}

@Suite(.timeLimit(.minutes(1))) struct ExporterTests {
    private let tally = SpanExportTally()
    private let queue: SpanQueue
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() { queue = SpanQueue(tally: tally) }

    private func record(_ count: Int) {
        let tracer = OTLPTracer(sampler: .standard, queue: queue)
        for number in 0..<count { tracer.startSpan("s\(number)", context: .topLevel).end() }
    }

    // MARK: One batch

    /// Sends spans as a service does, but for the time that it waits.
    ///
    /// - Returns: for how long it would have waited, each time.
    @discardableResult
    private func send(_ count: Int, to receiver: Receiver) async throws -> [Duration] {
        let (waits, waited) = AsyncStream.makeStream(of: Duration.self)
        try await send(count, to: receiver) { waited.yield($0) }
        waited.finish()
        return await waits.reduce(into: []) { $0.append($1) }
    }

    private func send(
        _ count: Int, to receiver: Receiver,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) async throws {
        record(count)
        try await receiver.serve { endpoint in
            var settings = TracingSettings(endpoint: endpoint)
            settings.headers = [TracingSettings.Attribute("api-key", "k")]
            let sender = SpanSender(
                settings: settings, queue: queue, logger: logger, sleep: sleep)
            await sender.sendAll()
            sender.giveUp()
        }
    }

    /// A receiver that is being updated gets what it missed; nothing is told twice that it took.
    @Test func `What a receiver has no time for is sent again`() async throws {
        let receiver = Receiver(
            .init(status: 503), .init(status: 429, retryAfter: "0"),
            .init(status: 200, body: "{}"))
        let waits = try await send(3, to: receiver)
        #expect(tally.exported == 3)
        #expect(receiver.requests.map(\.names) == Array(repeating: ["s0", "s1", "s2"], count: 3))
        #expect(receiver.requests.allSatisfy { $0.key == "k" })
        try #require(waits.count >= 2)
        #expect((Duration.seconds(0.5)...Duration.seconds(1)).contains(waits[0]))
        // Five requests without a pause would be over before anybody has recovered.
        #expect(waits[1] == .seconds(0.5))
    }

    /// A receiver says when to come again, within reason, and nobody comes for ever.
    @Test(arguments: [("9", 9.0), ("0", 0.5), ("-5", 0.5), ("86400", 30)])
    func `What is never taken is dropped`(wish: String, seconds: Double) async throws {
        let receiver = Receiver(.init(status: 503, retryAfter: wish))
        let waits = try await send(2, to: receiver)
        #expect(waits == Array(repeating: .seconds(seconds), count: 4))
        #expect(receiver.requests.count == SpanSender.maximumAttempts)
        #expect(tally.exported == 0 && tally.dropped(because: .unreachable) == 2)
    }

    /// Sending for ever what a receiver cannot read would keep from it what it can.
    @Test func `What a receiver refuses is dropped and counted`() async throws {
        let receiver = Receiver(.init(status: 400, body: "no"))
        let waits = try await send(2, to: receiver)
        #expect(waits.isEmpty && receiver.requests.count == 1)
        #expect(tally.exported == 0 && tally.dropped(because: .refused) == 2)
    }

    @Test func `What a receiver takes in part is counted in part`() async throws {
        let receiver = Receiver(
            .init(status: 200, body: #"{"partialSuccess":{"rejectedSpans":"1"}}"#))
        try await send(3, to: receiver) { try await Task.sleep(for: $0) }
        #expect(tally.exported == 2)
        #expect(tally.dropped(because: .refused) == 1)
    }

    /// A receiver that breaks down while it answers has said what matters.
    @Test func `Who answers with a head has answered`() async throws {
        let receiver = Receiver(
            .init(status: 503, breaksOff: true), .init(status: 200, breaksOff: true))
        try await send(2, to: receiver)
        #expect(tally.exported == 2 && receiver.requests.count == 2)
        let other = Receiver(.init(status: 400, breaksOff: true))
        try await send(2, to: other)
        #expect(tally.exported == 2 && tally.dropped(because: .refused) == 2)
    }

    // MARK: A process

    /// Exports beside some work, and shuts down when that is done.
    private func export(
        to endpoint: String, within flushLimit: Duration, beside work: Work = Work()
    ) async throws {
        var settings = TracingSettings(endpoint: endpoint)
        settings.delay = .milliseconds(20)
        settings.timeout = .seconds(600)
        let exporter = OTLPExporter(
            settings: settings, queue: queue, logger: logger, flushLimit: flushLimit)
        let export = TraceExport(tally: tally, exporter: exporter)
        try await TracedService(work, export, logger: logger).run()
    }

    @Test func `Spans are sent while the work goes on`() async throws {
        let receiver = Receiver(.init(status: 200, body: "{}"))
        record(3)
        try await receiver.serve { endpoint in
            let work = Work { for await _ in receiver.arrivals { return } }
            try await export(to: endpoint, within: .zero, beside: work)
        }
        #expect(receiver.requests.first?.names == ["s0", "s1", "s2"])
    }

    /// A program that ends right after its work has all of it told.
    @Test func `What is left at shutdown is sent`() async throws {
        let receiver = Receiver(.init(status: 200, body: "{}"))
        record(1_000)
        try await receiver.serve { try await export(to: $0, within: .seconds(60)) }
        #expect(tally.exported == 1_000)
    }

    /// How it came to fail is what somebody will look for.
    @Test func `What is left is sent when the work fails, too`() async throws {
        let receiver = Receiver(.init(status: 200, body: "{}"))
        try await receiver.serve { endpoint in
            let work = Work {
                record(2)
                throw WorkFailed()
            }
            await #expect(throws: WorkFailed.self) {
                try await export(to: endpoint, within: .seconds(60), beside: work)
            }
        }
        #expect(tally.exported == 2)
    }

    /// A receiver that is gone must not keep a program from ending.
    @Test func `What nobody takes is given up at shutdown`() async throws {
        record(2)
        try await export(to: "http://127.0.0.1:1/v1/traces", within: .milliseconds(100))
        #expect(tally.exported == 0)
        #expect(tally.dropped(because: .unreachable) == 2)
    }

    /// A host that is gone says nothing, not even that: its program does not wait for the connection that it
    /// was just making.
    @Test func `A receiver that cannot be connected to is given up at shutdown`() async throws {
        record(2)
        try await withDeafReceiver { endpoint in
            try await export(to: endpoint, within: .milliseconds(100))
        }
        #expect(tally.exported == 0)
        #expect(tally.dropped(because: .unreachable) == 2)
    }
}
