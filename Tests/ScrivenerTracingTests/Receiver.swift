// A receiver of traces that does as each test wants, and one that never gets to know of anybody.

import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ScrivenerModel
import ServiceLifecycle
import Synchronization

/// What a receiver answers, one after the other and the last for ever, and what it was sent.
final class Receiver: Sendable {
    struct Answer: Sendable {
        var status: Int
        var body = ""
        /// What it says of when to come again.
        var retryAfter: String?
        /// Whether nothing follows its head.
        var breaksOff = false
    }

    private let answers: Mutex<[Answer]>
    private let received = Mutex<[(key: String?, names: [String])]>([])

    /// One element a request.
    let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init(_ answers: Answer...) {
        self.answers = Mutex(answers)
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    var requests: [(key: String?, names: [String])] { received.withLock { $0 } }

    /// Serves for as long as `body` runs.
    ///
    /// - Parameter body: given the URL that spans are to be posted to.
    func serve(_ body: @Sendable (String) async throws -> Void) async throws {
        let logger = Logger(label: "receiver") { _ in SwiftLogNoOpLogHandler() }
        let (ports, bound) = AsyncStream.makeStream(of: Int.self)
        let (endings, ended) = AsyncStream.makeStream(of: Void.self)
        let router = Router()
        router.post("/v1/traces") { request, _ in
            try await self.answer(request, untilEndOf: endings)
        }
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in bound.yield(channel.localAddress?.port ?? 0) },
            logger: logger)
        let server = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: application)], logger: logger))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let port = await ports.first { _ in true } ?? 0
            try await body("http://127.0.0.1:\(port)/v1/traces")
            ended.finish()
            await server.triggerGracefulShutdown()
            try await group.waitForAll()
        }
    }

    private func answer(
        _ request: Request, untilEndOf endings: AsyncStream<Void>
    ) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 20)
        let spans =
            try RawJSON(Array(body.readableBytesView)).value()["resourceSpans"]?
            .arrayValue?.first?["scopeSpans"]?.arrayValue?.first?["spans"]?.arrayValue ?? []
        let key = HTTPField.Name("api-key").flatMap { request.headers[$0] }
        received.withLock { $0.append((key, spans.compactMap { $0["name"]?.stringValue })) }
        arrived.yield()
        let answer = answers.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        var response = Response(
            status: .init(code: answer.status),
            body: .init(byteBuffer: ByteBuffer(string: answer.body)))
        if answer.breaksOff {
            response.body = ResponseBody { writer in
                for await _ in endings {}
                try await writer.finish(nil)
            }
        }
        response.headers[.retryAfter] = answer.retryAfter
        return response
    }
}

/// Gives `body` a URL where somebody listens and accepts nobody, and whose queue is full: whoever connects hears
/// nothing, not even that he is refused.
func withDeafReceiver(_ body: (String) async throws -> Void) async throws {
    let group = MultiThreadedEventLoopGroup.singleton
    let listener = try await ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 0).serverChannelOption(.autoRead, value: false)
        .bind(host: "127.0.0.1", port: 0).get()
    let port = listener.localAddress?.port ?? 0
    let first = try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: port).get()
    let result: Result<Void, any Error>
    do { result = .success(try await body("http://127.0.0.1:\(port)/v1/traces")) } catch {
        result = .failure(error)
    }
    try await first.close()
    try await listener.close()
    try result.get()
}
