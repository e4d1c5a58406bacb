// What workers said while a session of tasks that do nothing was executed, turn by turn. The machine is
// deterministic: the same messages at the same moments lead to the same dispatches, so they can be told to
// another loop again.

import ScrivenerBatch
import ScrivenerCore
import ScrivenerModel
import ScrivenerStore
import ScrivenerWire

/// A session, as the coordinator's socket saw it.
struct Recording {
    private static let workers = 2
    /// How many results come in a message, at most.
    private static let resultsPerMessage = 64

    /// The plan, as a client sends it.
    let plan: [UInt8]
    let tasks: Int
    /// What came, turn by turn; the first are registrations.
    private(set) var turns: [[Arrival]] = []
    /// The dispatches that went out, in order.
    private(set) var dispatches: [[UInt8]] = []
    /// Of everything that went out.
    private(set) var sentBytes = 0

    struct Arrival {
        var connection: ConnectionID
        var bytes: [UInt8]
    }

    /// - Parameters:
    ///   - tasks: how many there are.
    ///   - bytes: how large the parameters of each are, and its result.
    init(tasks: Int, bytes: Int) throws {
        self.tasks = tasks
        plan = Self.plan(tasks, bytes)
        var loop = try Self.loop()
        var workers = (0..<Self.workers).map(WorkerSketch.init)
        try play(workers.map { $0.registration }, on: &loop, &workers)
        try Self.submit(plan, to: &loop)
        try play([], on: &loop, &workers)
        var ended = 0
        while ended < tasks {
            var arrivals: [Arrival] = []
            for place in workers.indices {
                if let released = workers[place].released() { arrivals.append(released) }
                while let results = workers[place].results(Self.resultsPerMessage) {
                    ended += results.count
                    arrivals.append(results.arrival)
                }
            }
            precondition(!arrivals.isEmpty, "a free worker is given what waits")
            try play(arrivals, on: &loop, &workers)
        }
    }

    /// A loop that the recording can be played to.
    static func loop() throws -> BareLoop<SQLiteJournal> {
        BareLoop(
            journal: try SQLiteJournal(
                directory: "", configuration: JournalConfiguration(durability: .inMemory)),
            startingAt: Moment(instant: .zero, wall: WallTime(millisecondsSince1970: 0)))
    }

    static func submit(_ plan: [UInt8], to loop: inout BareLoop<SQLiteJournal>) throws {
        let (compiled, payload) = PlanCompiler.compile(
            try PlanParser.plan(fromJSON: plan), sessionID: "benchmark",
            defaults: OrchestrationConfig())
        loop.submit(compiled, payload: payload)
    }

    /// - Returns: how many bytes went out.
    static func play(
        _ arrivals: [Arrival], on loop: inout BareLoop<SQLiteJournal>
    ) throws -> Int {
        loop.now.instant = loop.now.instant.advanced(by: .milliseconds(1))
        for arrival in arrivals { try loop.receive(arrival.bytes, from: arrival.connection) }
        try loop.turn()
        return loop.sent.reduce(0) { $0 + $1.bytes.count }
    }

    private mutating func play(
        _ arrivals: [Arrival], on loop: inout BareLoop<SQLiteJournal>,
        _ workers: inout [WorkerSketch]
    ) throws {
        turns.append(arrivals)
        sentBytes += try Self.play(arrivals, on: &loop)
        for (connection, bytes) in loop.sent {
            let message = try WireCodec.decode(coordinator: bytes)
            if case .dispatch = message { dispatches.append(bytes) }
            for place in workers.indices where workers[place].connection == connection {
                workers[place].take(message)
            }
        }
        loop.sent.removeAll()
    }

    private static func plan(_ tasks: Int, _ bytes: Int) -> [UInt8] {
        let text = String(repeating: "x", count: max(0, bytes - #"{"text":""}"#.utf8.count))
        let rows = (0..<tasks).map { number in
            #"{"task_id":"t\#(number)","task_type":"noop","parameters":{"text":"\#(text)"}}"#
        }
        return Array(
            (#"{"query":"benchmark","config":{"max_concurrent_tasks":100000},"tasks":["#
                + rows.joined(separator: ",") + "]}").utf8)
    }
}

/// What a worker would say.
private struct WorkerSketch {
    private static let slots = 64

    let connection: ConnectionID
    private let name: String
    private var epoch: Int64 = 0
    /// In the order in which they came: the first have begun, as many as there are slots.
    private var held: [DispatchItem] = []
    /// What was asked back.
    private var recalled: Set<AttemptReference> = []

    init(number: Int) {
        connection = ConnectionID(UInt64(number + 1))
        name = "w\(number + 1)"
    }

    var registration: Recording.Arrival {
        let registration = WorkerRegistration(
            workerID: name, incarnation: 1, host: "localhost", processID: 1,
            softwareVersion: "1",
            agents: [AgentOffer(name: "noop", capabilities: ["noop"], slots: Int32(Self.slots))])
        return Recording.Arrival(
            connection: connection, bytes: WireCodec.encode(.register(registration)))
    }

    mutating func take(_ message: CoordinatorMessage) {
        switch message {
        case .welcome(let welcome): epoch = welcome.epoch
        case .dispatch(let batch): held += batch.items
        case .recall(_, let attempts): recalled.formUnion(attempts)
        default: break
        }
    }

    /// Hands back what it was asked for and has not begun.
    mutating func released() -> Recording.Arrival? {
        guard !recalled.isEmpty else { return nil }
        let waiting = held.dropFirst(Self.slots)
        let back = waiting.map(\.attempt).filter(recalled.contains)
        held = held.prefix(Self.slots) + waiting.filter { !recalled.contains($0.attempt) }
        recalled = []
        guard !back.isEmpty else { return nil }
        let bytes = WireCodec.encode(.released(epoch: epoch, attempts: back))
        return Recording.Arrival(connection: connection, bytes: bytes)
    }

    /// Ends what it was given first.
    mutating func results(_ most: Int) -> (count: Int, arrival: Recording.Arrival)? {
        guard !held.isEmpty else { return nil }
        let ended = held.prefix(most).map { item in
            AttemptResult(
                attempt: item.attempt, runTime: TimeSpan(nanoseconds: 20_000),
                result: AgentResult(payload: item.parameters))
        }
        held.removeFirst(ended.count)
        let bytes = WireCodec.encode(.results(ResultBatch(epoch: epoch, items: ended)))
        return (ended.count, Recording.Arrival(connection: connection, bytes: bytes))
    }
}
