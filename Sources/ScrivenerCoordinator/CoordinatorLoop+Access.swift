// What the loop does about those who may not, or may no longer, speak to it.

import Logging
import ScrivenerBatch
import ScrivenerCore
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerWire
import ZeroMQ

extension CoordinatorLoop {
    /// Takes new connections on, and does with others what is due.
    func admit() throws {
        try sockets.answerConnections {
            // Whoever was listed just now dials at once, and is not to be turned away.
            takeNotices()
        }
        let now = clock.now.instant
        for connection in sockets.attend(at: now) { introduce(connection) }
        if let refusals = sockets.gate.takeRefusals(at: now) {
            logger.warning(
                "connections refused: their keys are not on the list",
                metadata: ["count": "\(refusals.count)", "last_from": "\(refusals.address)"])
        }
        if let strays = sockets.gate.takeStrays(at: now) {
            logger.warning(
                "stray messages dropped, and their connections ended",
                metadata: ["count": "\(strays.count)"])
        }
    }

    /// Takes what is no message of a worker that may speak.
    func take(_ arrival: WorkerSocket.Arrival) {
        switch arrival {
        case .unreadable(let connection, let error, let line):
            refuse(error, from: connection, by: line)
        case .unintroduced(let connection): introduce(connection)
        case .unwanted(let connection, let code, let reason, let line):
            expel(connection, code, reason, by: line)
        case .stray(let line):
            line?.hangUp()
            sockets.gate.noteStray()
        case .ignored, .message, .plainResults: break
        }
    }

    /// Whose key was taken back is out at once, and what it holds is for others.
    func take(_ keys: CoordinatorKeys, _ access: WorkerAccess) {
        let (revoked, moved) = sockets.change(to: keys, access, at: clock.now.instant)
        for peer in revoked {
            expel(
                peer.connection, .accessRevoked,
                "the key of worker \(peer.workerID) was taken back", by: peer.line)
        }
        for connection in moved { introduce(connection) }
    }

    private func introduce(_ connection: ConnectionID) {
        open.outcome.immediate.append(.send(connection, .introduce))
    }

    /// One message that cannot be understood is refused; so many of them end the connection.
    private func refuse(_ error: WireError, from connection: ConnectionID, by line: PeerConnection?)
    {
        logger.warning("message not understood", metadata: ["error": "\(error)"])
        guard !sockets.gate.noteFault(of: connection) else {
            return expel(
                connection, .protocolError,
                "\(WorkerGate.maximumFaults) messages of this connection could not be understood; "
                    + "the last: \(error)", by: line)
        }
        open.outcome.immediate.append(
            .send(
                connection, .refused(code: .protocolError, reason: "\(error)", isFinal: false)))
    }

    /// A registration costs more than any other message of its size.
    func registersTooOften(_ connection: ConnectionID) -> Bool {
        guard sockets.gate.noteRegistration(on: connection, at: clock.now.instant) else {
            return false
        }
        expel(
            connection, .protocolError,
            "registered more than \(WorkerGate.maximumRegistrations) times in "
                + "\(Int(WorkerGate.registrationWindow.seconds)) s",
            by: sockets.line(of: connection))
        return true
    }

    /// Tells somebody why, gives up what is held there, and hears nothing more of it.
    private func expel(
        _ connection: ConnectionID, _ code: ErrorCode, _ reason: String, by line: PeerConnection?
    ) {
        let worker = sockets.gate.workerID(on: connection)
        logger.warning(
            "a connection is ended",
            metadata: [
                "code": "\(code.rawValue)", "reason": "\(reason)",
                "worker": "\(worker ?? "not admitted")",
            ])
        open.outcome.immediate.append(
            .send(connection, .refused(code: code, reason: reason, isFinal: true)))
        handle(.expelled(connection))
        sockets.gate.countRefusal(code)
        sockets.gate.expel(connection, line: line, at: clock.now.instant)
    }

    /// Nobody is at the other end.
    func loseTouch(with connection: ConnectionID) {
        sockets.gate.forget(connection)
        handle(.unroutable(connection))
    }
}
