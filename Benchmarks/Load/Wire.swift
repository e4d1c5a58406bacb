// Dispatches and results over our own ZeroMQ layer and codec, and nothing behind them: what `scrivener-limit
// echo` does with bare libzmq. A router sends dispatches to workers in processes of their own, each of which
// reads them and answers with the results; each answer is followed by the next dispatch.

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

/// The coordinator's end.
struct WireRouter {
    var workers: Int
    /// How many there are, and how large the parameters and the result of each are.
    var tasks: Int
    var bytes: Int
    /// How many tasks are on their way at once.
    var outstanding: Int
    /// How many are in a message.
    var group: Int

    func run() throws {
        let socket = try Socket(.router, in: try Context())
        try socket.set(.routerMandatory, true)
        try socket.set(.sendHighWaterMark, 100_000)
        try socket.set(.receiveHighWaterMark, 100_000)
        let endpoint = try socket.bind("tcp://127.0.0.1:*")
        let processes = try (0..<workers).map { _ in try Self.spawnPeer(of: endpoint) }
        let poller = Poller()
        poller.add(socket)
        let message = Message(maximumFrameCount: 2)
        var peers: [[UInt8]] = []
        while peers.count < workers {
            guard try socket.receive(into: message) else {
                _ = try poller.wait(timeout: nil)
                continue
            }
            peers.append(message.copyFrame(0) ?? [])
        }

        let dispatch = dispatch
        let groups = max(1, tasks / group)
        let began = BootClock.now
        let before = Usage.own
        var sent = 0
        while sent < min(groups, max(1, outstanding / group)) {
            try Self.send(WireCodec.encode(dispatch), to: peers[sent % workers], on: socket)
            sent += 1
        }
        var taken = 0
        var resultBytes = 0
        while taken < groups {
            guard try socket.receive(into: message) else {
                _ = try poller.wait(timeout: nil)
                continue
            }
            let answer = try message.withSpan(ofFrame: 1) { span in
                resultBytes = span.byteCount
                return try WireCodec.decode(worker: span)
            }
            guard case .results(let batch)? = answer, batch.items.count == group else {
                preconditionFailure("a peer answers each dispatch with its results")
            }
            taken += 1
            guard sent < groups, let peer = message.copyFrame(0) else { continue }
            try Self.send(WireCodec.encode(dispatch), to: peer, on: socket)
            sent += 1
        }
        let seconds = Double(BootClock.now.since(began).nanoseconds) / 1e9
        let own = Usage.own
        for peer in peers { try Self.send([], to: peer, on: socket) }
        for process in processes {
            var status: Int32 = 0
            waitpid(process, &status, 0)
        }
        let children = Usage.children
        let count = Double(groups * group)
        say(
            """
            {"per_second": \(count / seconds), \
            "dispatch_bytes": \(WireCodec.encode(dispatch).count), \
            "result_bytes": \(resultBytes), \
            "router_seconds": \(own.seconds - before.seconds), \
            "peer_seconds": \(children.seconds), \
            "router_peak_bytes": \(own.peakBytes), "peer_peak_bytes": \(children.peakBytes)}
            """)
    }

    private static func send(
        _ bytes: [UInt8], to peer: [UInt8], on socket: Socket
    ) throws(ZeroMQError) {
        try socket.send(peer.span.bytes, bytes.span.bytes)
    }

    private var dispatch: CoordinatorMessage {
        let text = String(repeating: "x", count: max(0, bytes - #"{"text":""}"#.utf8.count))
        let payload = RawJSON(#"{"text":"\#(text)"}"#)
        return .dispatch(
            DispatchBatch(
                epoch: 1,
                sessions: [DispatchSession(number: 1, sessionID: "benchmark", query: "benchmark")],
                items: (0..<group).map { number in
                    DispatchItem(
                        attempt: AttemptReference(session: 1, task: Int32(number), attempt: 1),
                        agentIndex: 0, timeout: .seconds(300), taskID: "t\(number)",
                        taskType: "noop", description: "", parameters: payload, inputs: [])
                }))
    }

    /// Starts this program as a peer, which ends when it is told to, or when nobody is there any more.
    private static func spawnPeer(of endpoint: String) throws -> pid_t {
        let words = ["scrivener-load", "wire-peer", endpoint]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer {
            for argument in arguments { free(argument) }
        }
        var process: pid_t = 0
        let failure = posix_spawn(&process, "/proc/self/exe", nil, nil, arguments, nil)
        guard failure == 0 else { throw SpawnFailure(errno: failure) }
        return process
    }

    private struct SpawnFailure: Error {
        var errno: Int32
    }
}

/// A worker's end.
enum WirePeer {
    /// Nothing for so long: the router is gone.
    private static let patience = Duration.seconds(10)

    static func run(_ endpoint: String) throws {
        let socket = try Socket(.dealer, in: try Context())
        try socket.set(.sendHighWaterMark, 100_000)
        try socket.set(.receiveHighWaterMark, 100_000)
        try socket.set(.linger, .seconds(1))
        try socket.connect(endpoint)
        let hello: [UInt8] = []
        try socket.send(hello.span.bytes)
        let poller = Poller()
        poller.add(socket)
        let message = Message(maximumFrameCount: 1)
        while true {
            guard try socket.receive(into: message) else {
                guard try poller.wait(timeout: patience) else { return }
                continue
            }
            guard message.size(ofFrame: 0) != 0 else { return }
            let dispatch = try message.withSpan(ofFrame: 0) { span in
                try WireCodec.decode(coordinator: span)
            }
            guard case .dispatch(let batch)? = dispatch else { return }
            let results = batch.items.map { item in
                AttemptResult(
                    attempt: item.attempt, runTime: TimeSpan(nanoseconds: 20_000),
                    result: AgentResult(payload: item.parameters))
            }
            let answer = WireCodec.encode(
                .results(ResultBatch(epoch: batch.epoch, items: results)))
            try socket.send(answer.span.bytes)
        }
    }
}

/// What processes have taken of the machine.
private struct Usage {
    var seconds: Double
    /// Of the largest of them.
    var peakBytes: Int

    static var own: Usage { Usage(of: RUSAGE_SELF.rawValue) }
    /// Of those that have ended.
    static var children: Usage { Usage(of: RUSAGE_CHILDREN.rawValue) }

    private init(of whom: Int32) {
        var usage = rusage()
        getrusage(whom, &usage)
        seconds =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        peakBytes = usage.ru_maxrss << 10
    }
}
