// Who may speak to the coordinator. Where it has keys, a connection needs one that is on the list; its worker must
// register as the one that the key belongs to, and has been admitted when it has; and nobody is heard any more whose
// key has been taken back. Where it has none, everybody is heard who can reach it. Whoever does not keep to the
// protocol is sent away in both cases.

import ScrivenerCore
import ScrivenerModel
import ScrivenerSecurity
import ZeroMQ

/// Decides about connections and those who speak on them. Confined to the loop's thread.
final class WorkerGate {
    /// As which the sockets ask.
    static let domain = "workers"

    /// How many messages that cannot be understood end a connection.
    static let maximumFaults = 3
    /// How often a connection may register, and in how long a time.
    static let maximumRegistrations = 30
    static let registrationWindow = TimeSpan.seconds(10)
    /// How long somebody who was sent away may take to hear of it and hang up.
    static let farewell = TimeSpan.seconds(1)
    /// Of how many connections faults are remembered.
    private static let maximumRemembered = 4_096

    /// Absent where no keys are used.
    private var access: WorkerAccess?
    private var admission = WorkerAdmission()
    private var faults: [ConnectionID: Int] = [:]
    private var registrations: [ConnectionID: (count: Int, since: Instant)] = [:]
    private var expelled: [ConnectionID: (line: PeerConnection?, due: Instant)] = [:]
    private var refusals = RefusalTally()
    /// How many connections were not taken on, or ended, by the code of it.
    private(set) var refused: [ErrorCode: Int64] = [:]
    private var strays = RefusalTally()

    init(_ access: WorkerAccess?) { self.access = access }

    // MARK: Connections

    /// Answers libzmq's question about a new connection. What is on its messages from then on is its key, not a
    /// name: whose key it is may change while it is connected.
    func answer(_ request: AuthenticationRequest) -> AuthenticationAnswer {
        guard request.domain == Self.domain, case .curve(let key) = request.credentials,
            access?[key] != nil
        else {
            refusals.note(request.address)
            countRefusal(.accessDenied)
            return .refused(reason: "the key is not on the list")
        }
        return .taken(userID: key.z85)
    }

    /// As which connections are refused.
    static let codes = [ErrorCode.accessDenied, .accessRevoked, .protocolError]

    func countRefusal(_ code: ErrorCode) { refused[code, default: 0] += 1 }

    func takeRefusals(at now: Instant) -> RefusalTally.Report? { refusals.take(at: now) }

    /// Takes note of a message that is no worker's.
    func noteStray() { strays.note("") }

    func takeStrays(at now: Instant) -> RefusalTally.Report? { strays.take(at: now) }

    // MARK: Messages

    /// Whether a message is heard without a further look.
    @inline(__always)
    func admits(_ connection: ConnectionID, _ message: Message) -> Bool {
        guard access != nil else { return expelled.isEmpty || expelled[connection] == nil }
        return admission.admits(connection) { message.says($0, as: .userID, ofFrame: 1) }
    }

    /// Whether somebody was sent away and has not gone yet.
    func isExpelled(_ connection: ConnectionID) -> Bool {
        !expelled.isEmpty && expelled[connection] != nil
    }

    /// Which worker's key a message bears.
    func identify(_ message: Message) -> (key: CurvePublicKey, workerID: String)? {
        guard let text = message.property(.userID, ofFrame: 1),
            let key = try? CurvePublicKey(z85: text), let workerID = access?[key]
        else { return nil }
        return (key, workerID)
    }

    func admit(_ peer: WorkerAdmission.Peer) { admission.admit(peer) }

    /// Whom a connection was admitted as.
    func workerID(on connection: ConnectionID) -> String? { admission[connection]?.workerID }

    // MARK: Manners

    /// Takes note of a message that could not be understood.
    ///
    /// - Returns: whether it was one too many.
    func noteFault(of connection: ConnectionID) -> Bool {
        if faults.count >= Self.maximumRemembered { faults.removeAll() }
        faults[connection, default: 0] += 1
        return faults[connection, default: 0] >= Self.maximumFaults
    }

    /// Takes note of a registration.
    ///
    /// - Returns: whether it was one too many.
    func noteRegistration(on connection: ConnectionID, at now: Instant) -> Bool {
        if registrations.count >= Self.maximumRemembered {
            registrations = registrations.filter {
                now.since($0.value.since) < Self.registrationWindow
            }
            if registrations.count >= Self.maximumRemembered { registrations.removeAll() }
        }
        var window = registrations[connection] ?? (0, now)
        if now.since(window.since) >= Self.registrationWindow { window = (0, now) }
        window.count += 1
        registrations[connection] = window
        return window.count > Self.maximumRegistrations
    }

    // MARK: Sending away

    /// From now on nothing is heard from there; after a while the connection is ended.
    ///
    /// - Parameter line: that of the message which led to it.
    func expel(_ connection: ConnectionID, line: PeerConnection?, at now: Instant) {
        let peer = admission.remove(connection)
        faults[connection] = nil
        registrations[connection] = nil
        expelled[connection] = (peer?.line ?? line, now.advanced(by: Self.farewell))
    }

    /// Nobody is at the other end any more.
    func forget(_ connection: ConnectionID) {
        admission.remove(connection)
        faults[connection] = nil
        registrations[connection] = nil
        expelled[connection] = nil
    }

    var nextDue: Instant? {
        expelled.isEmpty ? nil : expelled.values.lazy.map(\.due).min()
    }

    /// Ends connections whose time is over.
    func hangUpDue(at now: Instant) {
        guard let due = nextDue, due <= now else { return }
        for (connection, farewell) in expelled where farewell.due <= now {
            farewell.line?.hangUp()
            expelled[connection] = nil
        }
    }

    // MARK: Keys

    /// Puts another list in the place of the one before.
    ///
    /// - Returns: those who may not be heard any more.
    func change(to access: WorkerAccess) -> [WorkerAdmission.Peer] {
        self.access = access
        return admission.revoked(under: access)
    }

    /// The connections that are admitted and of whom something holds, in order.
    func admitted(where isMeant: (ConnectionID) -> Bool) -> [ConnectionID] {
        admission.all { isMeant($0.connection) }.map(\.connection)
    }
}
