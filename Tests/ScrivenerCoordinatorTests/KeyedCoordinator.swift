// A coordinator with keys in this process, and peers that speak to it with bare sockets: honest ones and others.

import Foundation
import Logging
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerStore
import ScrivenerWire
import Synchronization
import Testing
import ZeroMQ

@testable import ScrivenerCoordinator

/// A coordinator for one test, and its folder of keys.
final class KeyedCoordinator: Sendable {
    let keys: KeyFolder
    /// What workers were given, and pools.
    let pairs: [String: CurveKeyPair]
    let tokens: [String: PoolToken]
    /// The coordinator's key.
    let server: CurvePublicKey
    private let log = LineLog()

    private init(_ keys: KeyFolder, workers: [String], pools: [String]) throws {
        self.keys = keys
        try keys.initialise()
        var pairs: [String: CurveKeyPair] = [:]
        for worker in workers {
            try keys.addWorker(try #require(WorkerName(worker))) { pairs[worker] = $0 }
        }
        var tokens: [String: PoolToken] = [:]
        for pool in pools {
            try keys.addPoolToken(pool, at: WallTime(millisecondsSince1970: 0)) {
                tokens[pool] = $0
            }
        }
        (self.pairs, self.tokens) = (pairs, tokens)
        server = try keys.read().current.publicKey
    }

    /// Runs a coordinator for as long as `body` runs.
    ///
    /// - Parameters:
    ///   - workers: that have a key of their own.
    ///   - pools: that have a token.
    ///   - isOpen: whether it is started without its keys.
    static func run(
        workers: [String] = [], pools: [String] = [], isOpen: Bool = false,
        _ body: @escaping @Sendable (KeyedCoordinator) async throws -> Void
    ) async throws {
        let path = FileManager.default.temporaryDirectory.appending(
            path: "scrivener-keys-\(UUID().uuidString)", directoryHint: .isDirectory
        ).path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true)
        let coordinator = try KeyedCoordinator(
            KeyFolder(path + "/keys"), workers: workers, pools: pools)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await coordinator.serve(path + "/journal", isOpen) }
            defer { group.cancelAll() }
            try await body(coordinator)
        }
    }

    /// Until it is cancelled.
    private func serve(_ journal: String, _ isOpen: Bool) async throws {
        var settings = CoordinatorSettings(dataDirectory: journal, bind: "tcp://127.0.0.1:*")
        settings.durability = .inMemory
        settings.servesHTTP = false
        settings.keys = isOpen ? nil : keys.path
        let service = CoordinatorService(
            settings: settings, logger: Logger(label: "test") { [log] _ in log.handler })
        do {
            try await service.run()
        } catch is CancellationError {
        } catch {
            log.end(with: error)
        }
    }

    /// A peer with the key of a worker.
    func peer(_ worker: String, _ endpoint: String) throws -> BarePeer {
        let pair = try #require(pairs[worker])
        return try BarePeer(endpoint, as: pair, knowing: server)
    }

    /// Waits for a line of the log, and returns what it says of something.
    func logged(_ text: String, _ name: String = "endpoint", after count: Int = 0) async throws
        -> String
    {
        try await log.line(containing: text, after: count)[name] ?? ""
    }

    /// Whether a line of the log says something, for those who wait otherwise.
    func hasLogged(_ text: String) -> Bool { log.has(text) }

    /// Where workers connect.
    var endpoint: String {
        get async throws { try await logged("workers may connect") }
    }

    /// Where replicas enrol.
    var enrolment: String {
        get async throws { try await logged("replicas may enrol") }
    }
}

/// What is logged, to be waited for.
private final class LineLog: Sendable {
    private let lines = Mutex<[(message: String, metadata: [String: String])]>([])
    private let error = Mutex<(any Error)?>(nil)

    var handler: some LogHandler { Handler(log: self) }

    /// Nothing more will be logged.
    func end(with error: any Error) { self.error.withLock { $0 = error } }

    func has(_ text: String) -> Bool {
        lines.withLock { lines in lines.contains { $0.message.contains(text) } }
    }

    func line(containing text: String, after count: Int) async throws -> [String: String] {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let found = lines.withLock { lines in
                lines.filter { $0.message.contains(text) }.dropFirst(count).first
            }
            if let found { return found.metadata }
            if let error = error.withLock({ $0 }) { throw error }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw NothingLogged(text: text, log: lines.withLock { $0.map(\.message) })
    }

    private struct NothingLogged: Error {
        var text: String
        var log: [String]
    }

    private struct Handler: LogHandler {
        let log: LineLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let metadata = (event.metadata ?? [:]).mapValues { "\($0)" }
            log.lines.withLock { $0.append(("\(event.message)", metadata)) }
        }
    }
}

/// A peer with a bare socket. Confined to the thread of its story.
final class BarePeer {
    private let context: Context
    private let socket: Socket
    private let monitor: SocketMonitor
    private let poller = Poller()
    private let message = Message(maximumFrameCount: 1)
    /// What has become of its connection.
    private(set) var events: [SocketMonitor.Event] = []

    static let patience = Duration.seconds(60)

    /// - Parameter server: the coordinator's key; in the clear when absent.
    init(
        _ endpoint: String, as pair: CurveKeyPair? = nil, knowing server: CurvePublicKey? = nil
    ) throws {
        context = try Context()
        socket = try Socket(.dealer, in: context)
        if let pair, let server {
            try socket.set(.curveServerKey, server)
            try socket.set(.curvePublicKey, pair.publicKey)
            try socket.set(.curveSecretKey, pair.secretKey)
        }
        monitor = try SocketMonitor(of: socket)
        try socket.connect(endpoint)
        poller.add(socket)
        poller.add(monitor.socket)
    }

    func close() {
        monitor.close()
        socket.close()
    }

    func send(_ bytes: [UInt8]) throws { try socket.send(bytes.span.bytes) }

    /// In more frames than a message has.
    func send(frames: [[UInt8]]) throws { try socket.send(frames) }

    func register(as worker: String, number: Int64 = 1) throws {
        try send(
            WireCodec.encode(
                .register(
                    WorkerRegistration(
                        workerID: worker, pool: WorkerName(worker)?.pool ?? "", incarnation: 1,
                        registrationNumber: number, host: "h", processID: 1, softwareVersion: "0",
                        agents: [AgentOffer(name: "echo", capabilities: ["echo"], slots: 1)]))))
    }

    /// The next message that is meant.
    func hear(
        _ isMeant: (CoordinatorMessage) -> Bool = { _ in true }
    ) throws -> CoordinatorMessage {
        var found: CoordinatorMessage?
        try wait {
            while found == nil, let heard = try next() { if isMeant(heard) { found = heard } }
            return found != nil
        }
        return try #require(found)
    }

    /// Waits for the welcome.
    func welcome() throws -> Welcome {
        let heard = try hear { if case .welcome = $0 { true } else { false } }
        guard case .welcome(let welcome) = heard else { preconditionFailure("it is one") }
        return welcome
    }

    /// Waits for a refusal that is final, and returns its code.
    func refusal() throws -> ErrorCode {
        let heard = try hear { if case .refused(_, _, true) = $0 { true } else { false } }
        guard case .refused(let code, _, _) = heard else { preconditionFailure("it is one") }
        return code
    }

    /// What comes next, as bytes.
    func hearBytes() throws -> [UInt8] {
        var bytes: [UInt8]?
        try wait {
            if try socket.receive(into: message) { bytes = message.copyFrame(0) }
            return bytes != nil
        }
        return try #require(bytes)
    }

    /// Waits until something has happened to the connection.
    func happens(_ isMeant: (SocketMonitor.Event) -> Bool) throws {
        try wait { events.contains(where: isMeant) }
    }

    private func next() throws -> CoordinatorMessage? {
        guard try socket.receive(into: message), let bytes = message.copyFrame(0) else {
            return nil
        }
        return try WireCodec.decode(coordinator: bytes)
    }

    /// Waits until something is so, and takes note meanwhile of what becomes of the connection.
    func wait(until isDone: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            while let event = try monitor.next() { events.append(event) }
            guard try !isDone() else { return }
            guard ContinuousClock.now < deadline else { throw NothingCame(events: events) }
            _ = try poller.wait(timeout: .milliseconds(50))
        }
    }

    private struct NothingCame: Error {
        var events: [SocketMonitor.Event]
    }
}

extension SocketMonitor.Event {
    var isEnd: Bool { if case .disconnected = self { true } else { false } }
    var isRefusal: Bool { self == .handshakeRefused(status: 400) }
}
