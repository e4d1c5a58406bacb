// Thousands of workers on one thread, that register and heartbeat and do nothing else: each with a connection
// and an identity of its own, in the real protocol and with a real worker's socket options.
//
// Nothing is polled. Each worker is looked at when its next heartbeat is due, which is when the answer to
// the one before has long come; so the load takes two calls a heartbeat, and its due times are spread evenly,
// as those of workers are that started at different moments.

import ScrivenerModel
import ScrivenerShell
import ScrivenerWire
import ZeroMQ

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Workers `first` and following.
struct IdleWorkers {
    /// So many are not registered yet at a time: more would only wait for each other.
    private static let mostRegistering = 100
    private static let tick = TimeSpan.milliseconds(5)
    /// How long a registration may go unanswered before it is sent again.
    private static let patience = TimeSpan.seconds(5)
    private static let reportInterval = TimeSpan.seconds(1)

    private let context: Context
    private let endpoint: String
    private let isAnswered: Bool
    private let first: Int
    private let count: Int
    private let message = Message(maximumFrameCount: 1)
    private var registered = 0
    /// Heartbeats that were acknowledged, and registrations beyond the first of each worker.
    private var acknowledged = 0
    private var again = 0

    /// - Parameter isAnswered: whether a coordinator is at the other end. Where there is none, workers take
    ///   themselves for registered as soon as they have asked for it.
    init(of endpoint: String, first: Int, count: Int, isAnswered: Bool) throws {
        self.endpoint = endpoint
        self.first = first
        self.count = count
        self.isAnswered = isAnswered
        context = try Context(maximumSockets: count + 16)
    }

    /// Runs for ever, and says every second how it goes.
    mutating func run() throws {
        var workers: [IdleWorker] = []
        workers.reserveCapacity(count)
        var nextReport = BootClock.now
        while true {
            let now = BootClock.now
            let registering = workers.count - registered
            let room = min(count - workers.count, Self.mostRegistering - registering)
            for _ in 0..<max(0, room) {
                workers.append(try open(first + workers.count, at: now))
            }
            for place in workers.indices where workers[place].due <= now {
                try attend(&workers[place], at: now)
            }
            if now >= nextReport {
                say("registered \(registered) acknowledged \(acknowledged) again \(again)")
                nextReport = now.advanced(by: Self.reportInterval)
            }
            usleep(useconds_t(Self.tick.nanoseconds / 1_000))
        }
    }

    private func open(_ number: Int, at now: Instant) throws(ZeroMQError) -> IdleWorker {
        let socket = try Socket(.dealer, in: context)
        try socket.set(.linger, .zero)
        try socket.set(.ipv6, true)
        try socket.set(.sendHighWaterMark, 10_000)
        try socket.set(.receiveHighWaterMark, 10_000)
        try socket.set(.maximumMessageSize, Int64(WireLimits.standard.messageBytes))
        try socket.set(.handshakeInterval, .seconds(5))
        try socket.set(.connectTimeout, .seconds(5))
        try socket.set(.tcpMaximumRetransmission, .seconds(2))
        try socket.set(.reconnectInterval, .milliseconds(100))
        try socket.set(.reconnectIntervalMaximum, .seconds(1))
        try socket.connect(endpoint)
        return IdleWorker(socket: socket, number: number, due: now)
    }

    private mutating func attend(_ worker: inout IdleWorker, at now: Instant) throws {
        while try worker.socket.receive(into: message) {
            let decoded = try message.withSpan(ofFrame: 0) { span in
                try WireCodec.decode(coordinator: span)
            }
            if let decoded { try take(decoded, for: &worker, at: now) }
        }
        guard worker.due <= now else { return }
        switch worker.state {
        case .new: try register(&worker, at: now)
        case .registering(let since):
            worker.due = now.advanced(by: Self.tick)
            if now.since(since) > Self.patience { try register(&worker, at: now) }
        case .registered(let epoch, let sequence):
            let heartbeat = WireCodec.encode(
                .heartbeat(
                    WorkerHeartbeat(
                        epoch: epoch, sequence: sequence + 1, held: 0, processorLoadPermille: 10,
                        memoryBytes: 50 << 20)))
            try worker.socket.send(heartbeat.span.bytes)
            worker.state = .registered(epoch: epoch, sequence: sequence + 1)
            // From when it was due, so that the load does not bunch.
            worker.due = worker.due.advanced(by: worker.interval)
        }
    }

    private mutating func take(
        _ message: CoordinatorMessage, for worker: inout IdleWorker, at now: Instant
    ) throws {
        switch message {
        case .welcome(let welcome):
            if case .registering = worker.state { registered += 1 }
            worker.state = .registered(epoch: welcome.epoch, sequence: 0)
            worker.interval = welcome.heartbeatInterval
            worker.due = now.advanced(by: share(worker))
        case .heartbeatAcknowledged(_, _, let interval):
            acknowledged += 1
            if interval > .zero { worker.interval = interval }
        case .introduce, .refused: try register(&worker, at: now)
        default: break
        }
    }

    private mutating func register(_ worker: inout IdleWorker, at now: Instant) throws {
        switch worker.state {
        case .new: break
        case .registering: again += 1
        case .registered:
            again += 1
            registered -= 1
        }
        worker.registrations += 1
        let registration = WireCodec.encode(worker.registration)
        try worker.socket.send(registration.span.bytes)
        worker.state = .registering(since: now)
        worker.due = now.advanced(by: Self.tick)
        guard !isAnswered else { return }
        registered += 1
        worker.state = .registered(epoch: 1, sequence: 0)
        worker.due = now.advanced(by: share(worker))
    }

    /// A worker's place in the interval.
    private func share(_ worker: IdleWorker) -> TimeSpan {
        let place = Int64(worker.number % 1_000)
        return TimeSpan(nanoseconds: worker.interval.nanoseconds / 1_000 * place)
    }
}

/// One of them.
private struct IdleWorker {
    enum State {
        case new
        case registering(since: Instant)
        case registered(epoch: Int64, sequence: Int64)
    }

    let socket: Socket
    let number: Int
    var state = State.new
    var registrations: Int64 = 0
    /// From one heartbeat to the next: what a welcome says, and the default where there is none.
    var interval = TimeSpan.seconds(1)
    /// When it is to be looked at.
    var due: Instant

    init(socket: Socket, number: Int, due: Instant) {
        self.socket = socket
        self.number = number
        self.due = due
    }

    var registration: WorkerMessage {
        .register(
            WorkerRegistration(
                workerID: "idle-\(number)", incarnation: 1, registrationNumber: registrations,
                host: "localhost", processID: getpid(), softwareVersion: SoftwareVersion.current,
                agents: [AgentOffer(name: "noop", capabilities: ["noop"], slots: 4)],
                tellsDeaths: true))
    }
}
