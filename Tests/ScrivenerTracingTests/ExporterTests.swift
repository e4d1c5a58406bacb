// Spans on their way to a receiver that is busy, does not want them, or is not there.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ScrivenerMetrics
import ScrivenerModel
import ServiceLifecycle
import Synchronization
import Testing
import Tracing

@testable import ScrivenerTracing

/// What a receiver answers, one after the other and the last for ever, and what it was sent.
private final class Receiver: Sendable {
    private let answers: Mutex<[(status: Int, body: String)]>
    private let received = Mutex<[(key: String?, names: [String])]>([])

    init(_ answers: [(status: Int, body: String)]) { self.answers = Mutex(answers) }

    var requests: [(key: String?, names: [String])] { received.withLock { $0 } }

    func answer(_ request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 20)
        let spans =
            try RawJSON(Array(body.readableBytesView)).value()["resourceSpans"]?
            .arrayValue?.first?["scopeSpans"]?.arrayValue?.first?["spans"]?.arrayValue ?? []
        let key = HTTPField.Name("api-key").flatMap { request.headers[$0] }
        received.withLock { $0.append((key, spans.compactMap { $0["name"]?.stringValue })) }
        let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        return Response(
            status: .init(code: answer.status),
            body: .init(byteBuffer: ByteBuffer(string: answer.body)))
    }
}

@Suite(.timeLimit(.minutes(1))) struct ExporterTests {
    private let tally = SpanExportTally()
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Exports so many spans to a receiver, and ends in order: at once, or when so many are settled.
    private func export(
        _ spans: Int, to receiver: Receiver, settling settled: Int64, port wrongPort: Int? = nil
    ) async throws {
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let router = Router()
        router.post("/v1/traces") { request, _ in try await receiver.answer(request) }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in bound.yield(channel.localAddress?.port ?? 0) },
            logger: logger)
        let server = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: application)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            var iterator = ports.makeAsyncIterator()
            let port = await iterator.next() ?? 0
            var settings = TracingSettings(
                endpoint: "http://127.0.0.1:\(wrongPort ?? port)/v1/traces")
            settings.headers = [TracingSettings.Attribute("api-key", "k")]
            settings.delay = .milliseconds(20)
            let queue = SpanQueue(tally: tally)
            let tracer = OTLPTracer(sampler: .standard, queue: queue)
            for number in 0..<spans { tracer.startSpan("s\(number)", context: .topLevel).end() }
            let exporter = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [
                        .init(
                            service: OTLPExporter(settings: settings, queue: queue, logger: logger))
                    ], logger: logger))
            group.addTask { try await exporter.run() }
            while tally.exported + tally.dropped(because: .refused) < settled {
                try await Task.sleep(for: .milliseconds(10))
            }
            await exporter.triggerGracefulShutdown()
            try await group.next()
            await server.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    /// A receiver that is being updated gets what it missed; nothing is told twice that it took.
    @Test func `What a receiver has no time for is sent again`() async throws {
        let receiver = Receiver([(503, ""), (429, ""), (200, "{}")])
        try await export(3, to: receiver, settling: 3)
        #expect(tally.exported == 3)
        #expect(receiver.requests.map(\.names) == Array(repeating: ["s0", "s1", "s2"], count: 3))
        #expect(receiver.requests.allSatisfy { $0.key == "k" })
    }

    /// Sending for ever what a receiver cannot read would keep from it what it can.
    @Test func `What a receiver refuses is dropped and counted`() async throws {
        let receiver = Receiver([(400, "no")])
        try await export(2, to: receiver, settling: 2)
        #expect(tally.exported == 0)
        #expect(tally.dropped(because: .refused) == 2)
        #expect(receiver.requests.count == 1)
    }

    @Test func `What a receiver takes in part is counted in part`() async throws {
        let receiver = Receiver([(200, #"{"partialSuccess":{"rejectedSpans":"1"}}"#)])
        try await export(3, to: receiver, settling: 3)
        #expect(tally.exported == 2)
        #expect(tally.dropped(because: .refused) == 1)
    }

    /// A program that ends right after its work has all of it told.
    @Test func `What is left at shutdown is sent`() async throws {
        let receiver = Receiver([(200, "{}")])
        try await export(1_000, to: receiver, settling: 0)
        #expect(tally.exported == 1_000)
    }

    /// A receiver that is gone must not keep a program from ending.
    @Test func `What nobody takes is given up at shutdown`() async throws {
        try await export(2, to: Receiver([(200, "")]), settling: 0, port: 1)
        #expect(tally.exported == 0)
        #expect(tally.dropped(because: .unreachable) == 2)
    }
}
