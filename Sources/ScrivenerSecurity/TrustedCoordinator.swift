// By which keys a worker takes its coordinator for the one that it means, and where it dials. Beside the keys that it
// was started with there is the one that the coordinator itself has introduced, over a connection that another good
// key has made certain. When that one has proved good, those before it are worth nothing any more: whoever has got
// hold of an old key is the reason why keys are changed.

package import ScrivenerModel
package import ZeroMQ

/// The coordinator's keys, as a worker knows them.
package struct TrustedCoordinator: Sendable, Equatable {
    /// Where to dial, and by which key.
    package struct Line: Sendable, Equatable {
        package var endpoint: String
        package var key: CurvePublicKey
    }

    /// What is remembered of a coordinator's changes of its key.
    package struct Memory: Sendable, Equatable {
        /// The key that the coordinator has introduced last.
        package var key: CurvePublicKey
        /// 0 for the endpoint that the worker was started with.
        package var port: Int32
        /// Keys that it has taken the place of.
        package var superseded: [CurvePublicKey]
    }

    /// A line that was introduced and did not answer is not tried again for so long.
    private static let avoidance = TimeSpan.seconds(60)

    /// The one that the worker was started with.
    package let endpoint: String
    private var configured: [CurvePublicKey]
    package private(set) var memory: Memory?
    private var place = 0
    private var avoided: (line: Line, until: Instant)?

    /// - Parameters:
    ///   - endpoint: the one that the worker was started with.
    ///   - keys: at least one.
    package init(at endpoint: String, keys: [CurvePublicKey], memory: Memory? = nil) {
        precondition(!keys.isEmpty, "a coordinator has a key")
        self.endpoint = endpoint
        configured = keys
        self.memory = memory
    }

    /// All lines that may lead to the coordinator, in the order in which they are tried.
    package var lines: [Line] {
        var lines: [Line] = []
        if let memory {
            if memory.port != 0 { lines.append(Line(endpoint: remembered, key: memory.key)) }
            lines.append(Line(endpoint: endpoint, key: memory.key))
        }
        for key in configured where key != memory?.key && !isSuperseded(key) {
            lines.append(Line(endpoint: endpoint, key: key))
        }
        return lines
    }

    /// The line to dial. There always is one: what takes another key's place is one itself.
    package var line: Line {
        let lines = lines
        return lines[place % lines.count]
    }

    private func isSuperseded(_ key: CurvePublicKey) -> Bool {
        memory?.superseded.contains(key) == true
    }

    private var remembered: String {
        guard let port = memory?.port, let colon = endpoint.lastIndex(of: ":") else {
            return endpoint
        }
        return "\(endpoint[...colon])\(port)"
    }

    // MARK: What happens

    /// Nobody has answered on the present line: the next one is tried.
    package mutating func fail(at now: Instant) {
        if memory != nil, place % lines.count == 0 {
            avoided = (line, now.advanced(by: Self.avoidance))
        }
        place = (place + 1) % lines.count
    }

    /// The coordinator asks to be dialled otherwise.
    ///
    /// - Returns: whether there is another line now.
    package mutating func learn(_ redial: Redial, at now: Instant) -> Bool {
        guard let key = try? CurvePublicKey(bytes: redial.key) else { return false }
        let before = line
        let known = memory
        memory = Memory(
            key: key, port: redial.port,
            superseded: (known?.superseded ?? []).filter { $0 != key })
        let first = lines[0]
        if let avoided, avoided.line == first, now < avoided.until {
            memory = known
            return false
        }
        place = 0
        return first != before
    }

    /// The coordinator has nothing to change about the present line.
    ///
    /// - Returns: whether there is something else to be remembered now.
    package mutating func confirm() -> Bool {
        guard let before = memory, line.key == before.key else { return false }
        let current = line
        var after = before
        // What stands behind it in the file is there to take its place one day.
        let older = configured.firstIndex(of: before.key).map { configured[..<$0] }
        after.superseded += (older ?? configured[...]).filter { !isSuperseded($0) }
        // The change is over: the second endpoint is no more.
        if current.endpoint == endpoint { after.port = 0 }
        memory = after
        place = lines.firstIndex(of: current) ?? 0
        return after != before
    }

    /// Somebody has changed the file that the worker was started with.
    ///
    /// - Returns: whether there is another line now.
    package mutating func reconfigure(_ keys: [CurvePublicKey]) -> Bool {
        guard !keys.isEmpty, keys != configured else { return false }
        let before = line
        configured = keys
        place = lines.firstIndex(of: before) ?? 0
        return line != before
    }

    package static func == (left: TrustedCoordinator, right: TrustedCoordinator) -> Bool {
        (left.endpoint, left.place) == (right.endpoint, right.place)
            && left.configured == right.configured && left.memory == right.memory
    }
}
