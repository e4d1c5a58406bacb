// The network: sending, arriving, breaking, and connecting again. Follows what libzmq does with a
// DEALER that connects and a ROUTER that must route: see `Connection`.

import ScrivenerCore
import ScrivenerModel
import ScrivenerWire

extension World {
    // MARK: Sending

    func send(_ message: WorkerMessage, from worker: SimulatedWorker) {
        guard let connection = worker.connection else {
            worker.pipe.append(message)
            return
        }
        guard let carried = carry(message, of: worker) else { return }
        dispatch(.up(carried), on: connection, .up)
    }

    /// - Returns: whether there is anybody to send to.
    func send(_ message: CoordinatorMessage, on connection: ConnectionNumber) -> Bool {
        guard connections.indices.contains(connection),
            connections[connection].isOpenAtCoordinator
        else { return false }
        guard let message = sabotaged(message, on: connection) else { return true }
        dispatch(.down(carry(message)), on: connection, .down)
        return true
    }

    private func dispatch(
        _ envelope: Envelope, on connection: ConnectionNumber, _ direction: Direction
    ) {
        let worker = workers[connections[connection].worker]
        let due = now.advanced(by: delay(of: worker))
        noteSlowness(of: worker, envelope, due: due)
        let rate = isHealed ? 0 : scenario.rate(of: .unreliableMessages)
        if rate > 0 {
            if random.chance(rate * 0.3) {
                return note("a message of \(worker.name) is lost", worker.subject)
            }
            if random.chance(rate * 0.3) {
                let late = due.advanced(by: random.skewedSpan(milliseconds: 1...2_000))
                queue.plan(.stray(connection, envelope), at: late)
            }
            if random.chance(rate) {
                queue.plan(.stray(connection, envelope), at: due)
                return
            }
        }
        enqueue(envelope, on: connection, direction, due: due)
    }

    private func enqueue(
        _ envelope: Envelope, on connection: ConnectionNumber, _ direction: Direction,
        due: Instant
    ) {
        let arrives = connections[connection][direction].add(envelope, due: due)
        queue.plan(.pump(connection, direction), at: arrives)
    }

    /// A network that holds signs of life back for so long that the lease may run out is as good as
    /// cut. A late registration is no such sign, and excuses nothing.
    private func noteSlowness(of worker: SimulatedWorker, _ envelope: Envelope, due: Instant) {
        if case .up(.register) = envelope { return }
        // Not what the machine says of it: that is what may be wrong.
        let few = CoreConfiguration()
        let apart =
            configuration.heartbeatsPerSecond == few.heartbeatsPerSecond
            ? few.heartbeatInterval.nanoseconds : watch.lease.nanoseconds / 3
        guard due.since(now).nanoseconds > (watch.lease.nanoseconds - apart) / 2 else { return }
        worker.lastTrouble = max(worker.lastTrouble, due)
    }

    private func delay(of worker: SimulatedWorker) -> TimeSpan {
        let own = random.span(microseconds: scenario.network.microseconds)
        guard worker.extraDelay > .zero else { return own }
        let extra = Int(worker.extraDelay.milliseconds)
        return TimeSpan(
            nanoseconds: own.nanoseconds + random.span(milliseconds: 0...extra).nanoseconds)
    }

    // MARK: Arriving

    /// Reads what has arrived, in order, unless the way is blocked.
    func pump(_ connection: ConnectionNumber, _ direction: Direction) {
        let worker = workers[connections[connection].worker]
        guard worker.blocked[direction.rawValue] == 0 else { return }
        while let envelope = connections[connection][direction].popArrived(at: now) {
            if case .end = envelope {
                closed(connection, direction)
            } else {
                deliver(envelope, on: connection)
            }
        }
    }

    /// - Parameter isStray: whether it lay somewhere meanwhile: to a worker it may come out of the queue of
    ///   a connection that is over.
    func deliver(
        _ envelope: Envelope, on connection: ConnectionNumber, isStray: Bool = false
    ) {
        let ends = connections[connection]
        let worker = workers[ends.worker]
        switch envelope {
        case .up(let message):
            guard ends.isOpenAtCoordinator, worker.blocked[0] == 0 else { return }
            arrive(message, on: connection)
        case .down(let message):
            guard worker.blocked[1] == 0, worker.process == ends.process,
                isStray || ends.isOpenAtWorker && worker.connection == connection
            else { return }
            receive(message, by: worker)
        case .end: return
        }
    }

    // MARK: Breaking

    /// The other side has closed, and this one hears of it.
    private func closed(_ connection: ConnectionNumber, _ direction: Direction) {
        switch direction {
        case .up: connections[connection].isOpenAtCoordinator = false
        case .down:
            guard connections[connection].isOpenAtWorker else { return }
            connections[connection].isOpenAtWorker = false
            loseConnection(connection)
        }
    }

    func closeAtCoordinator(_ connection: ConnectionNumber) {
        guard connections[connection].isOpenAtCoordinator else { return }
        connections[connection].isOpenAtCoordinator = false
        connections[connection].up.envelopes.removeAll()
        enqueue(.end, on: connection, .down, due: now.advanced(by: .milliseconds(1)))
    }

    /// - Parameter isReset: whether what was on its way is lost as well.
    func closeAtWorker(_ connection: ConnectionNumber, isReset: Bool) {
        guard connections[connection].isOpenAtWorker else { return }
        connections[connection].isOpenAtWorker = false
        connections[connection].down.envelopes.removeAll()
        if isReset { connections[connection].up.envelopes.removeAll() }
        enqueue(.end, on: connection, .up, due: now.advanced(by: .milliseconds(1)))
        loseConnection(connection)
    }

    private func loseConnection(_ connection: ConnectionNumber) {
        let worker = workers[connections[connection].worker]
        guard worker.connection == connection else { return }
        worker.connection = nil
        trouble(worker)
        note("\(worker.name) has lost its connection", worker.subject)
        planConnect(worker)
    }

    // MARK: Connecting

    func planConnect(_ worker: SimulatedWorker, first: Bool = false) {
        guard worker.core != nil, !worker.isConnecting else { return }
        worker.isConnecting = true
        plan(
            .connect(worker: worker.index, process: worker.process),
            in: random.span(milliseconds: first ? 1...20 : 100...1_000))
    }

    func connect(_ worker: SimulatedWorker, process: Int) {
        guard worker.process == process, worker.core != nil else { return }
        worker.isConnecting = false
        guard worker.connection == nil else { return }
        guard worker.blocked == [0, 0], !worker.isPaused, coordinator != nil,
            coordinatorPauses == 0
        else {
            return planConnect(worker)
        }
        let number = connections.count
        connections.append(Connection(worker: worker.index, process: process))
        worker.connection = number
        worker.opened.append(number)
        let waiting = worker.pipe
        worker.pipe = []
        for message in waiting { send(message, from: worker) }
    }

    // MARK: Silence

    /// Starts or stops the clock after which a side that hears nothing gives its connection up.
    func updateSilence(_ worker: SimulatedWorker) {
        let isDeaf = [
            worker.blocked[0] > 0 || worker.isPaused || worker.core == nil,
            worker.blocked[1] > 0 || coordinatorPauses > 0,
        ]
        for direction in [Direction.up, .down] {
            let place = direction.rawValue
            if !isDeaf[place] {
                worker.silence[place] = 0
            } else if worker.silence[place] == 0 {
                silenceStamps += 1
                worker.silence[place] = silenceStamps
                plan(
                    .silence(worker: worker.index, direction, stamp: silenceStamps),
                    in: random.span(milliseconds: 3_000...4_000))
            }
        }
    }

    func endSilence(of worker: SimulatedWorker, _ direction: Direction, stamp: Int) {
        guard worker.silence[direction.rawValue] == stamp else { return }
        let isItselfStopped = direction == .up ? coordinatorPauses > 0 : worker.isPaused
        guard !isItselfStopped else {
            return plan(
                .silence(worker: worker.index, direction, stamp: stamp), in: .milliseconds(500))
        }
        switch direction {
        case .up: for connection in worker.opened { closeAtCoordinator(connection) }
        case .down:
            if let connection = worker.connection {
                closeAtWorker(connection, isReset: false)
            }
        }
    }

    /// Everything passes again, in the order in which it was sent.
    func pumpAll(of worker: SimulatedWorker) {
        for connection in worker.opened {
            for direction in [Direction.up, .down]
            where !connections[connection][direction].envelopes.isEmpty {
                plan(.pump(connection, direction), in: random.span(milliseconds: 0...50))
            }
        }
        worker.opened.removeAll {
            let connection = connections[$0]
            return !connection.isOpenAtCoordinator && !connection.isOpenAtWorker
        }
    }

    // MARK: Bytes

    /// Through bytes and back, when the run asks for it. A liar's message may be refused there.
    private func carry(_ message: WorkerMessage, of worker: SimulatedWorker) -> WorkerMessage? {
        guard options.throughWire else { return message }
        do throws(WireError) {
            let read = try WireCodec.decode(worker: WireCodec.encode(message))
            if read != message { report(.wire, "\(message) was read as \(read)") }
            return read
        } catch {
            if !worker.isLiar { report(.wire, "\(message) cannot be read: \(error)") }
            return nil
        }
    }

    private func carry(_ message: CoordinatorMessage) -> CoordinatorMessage {
        guard options.throughWire else { return message }
        do throws(WireError) {
            let read = try WireCodec.decode(coordinator: WireCodec.encode(message))
            if read != message { report(.wire, "\(message) was read as \(read)") }
            return read
        } catch {
            report(.wire, "\(message) cannot be read: \(error)")
            return message
        }
    }
}
