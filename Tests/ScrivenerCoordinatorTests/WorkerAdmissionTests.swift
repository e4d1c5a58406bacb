// Who speaks on which connection.

import ScrivenerCore
import ScrivenerModel
import ScrivenerSecurity
import Testing
import ZeroMQ

@testable import ScrivenerCoordinator

@Suite struct WorkerAdmissionTests {
    private let key: CurvePublicKey
    private let other: CurvePublicKey

    init() throws {
        key = try CurveKeyPair.generate().publicKey
        other = try CurveKeyPair.generate().publicKey
    }

    private func peer(
        _ worker: String, on connection: UInt64, _ key: CurvePublicKey? = nil
    ) -> WorkerAdmission.Peer {
        WorkerAdmission.Peer(
            connection: ConnectionID(connection), workerID: worker, key: key ?? self.key, line: nil)
    }

    /// Whether a message by a connection is heard that bears a key.
    private func admits(
        _ admission: WorkerAdmission, _ connection: UInt64, _ key: CurvePublicKey? = nil
    ) -> Bool {
        let borne = Array((key ?? self.key).z85.utf8CString)
        return admission.admits(ConnectionID(connection)) { $0 == borne }
    }

    private func access(_ keys: [(CurvePublicKey, String)]) throws -> WorkerAccess {
        WorkerAccess(
            named: try keys.map {
                NamedWorkerKey(worker: try #require(WorkerName($0.1)), key: $0.0)
            })
    }

    /// A connection is admitted until it is removed, and what was its place is another's.
    @Test func connectionsComeAndGo() {
        var admission = WorkerAdmission()
        for number in UInt64(1)...50 { admission.admit(peer("w\(number)", on: number)) }
        for number in UInt64(1)...25 { admission.remove(ConnectionID(number)) }
        for number in UInt64(100)...130 { admission.admit(peer("w\(number)", on: number)) }
        #expect(admission.count == 56)
        #expect(!admits(admission, 25) && admits(admission, 26))
        #expect(admission[ConnectionID(110)]?.workerID == "w110")
        #expect(admission.remove(ConnectionID(25)) == nil)
    }

    /// A worker that reconnects all day leaves no connections behind, and nobody else's.
    @Test func aWorkersOldConnectionsAreForgotten() {
        var admission = WorkerAdmission()
        admission.admit(peer("other", on: 1_000))
        for number in UInt64(1)...100 { admission.admit(peer("w", on: number)) }
        #expect(admission.count == 5)
        #expect(admits(admission, 97) && !admits(admission, 96))
        #expect(admits(admission, 1_000))
    }

    /// A worker is gone, and another one's connection has its number: only the key says who speaks.
    @Test func aConnectionsNumberIsNobodysName() {
        var admission = WorkerAdmission()
        admission.admit(peer("w1", on: 7))
        #expect(admits(admission, 7) && !admits(admission, 7, other))
        admission.admit(peer("w2", on: 7, other))
        #expect(!admits(admission, 7) && admits(admission, 7, other))
        #expect(admission[ConnectionID(7)]?.workerID == "w2" && admission.count == 1)
        // And in a place that was another's.
        admission.remove(ConnectionID(7))
        admission.admit(peer("w1", on: 8))
        #expect(admits(admission, 8) && !admits(admission, 8, other))
    }

    /// A key is taken back; another is given to another worker; a third is somebody else's now: all of their
    /// connections are out, and only they.
    @Test func whoseKeyIsNoLongerTheirsIsOut() throws {
        var admission = WorkerAdmission()
        admission.admit(peer("w1", on: 3))
        admission.admit(peer("w1", on: 1))
        admission.admit(peer("w2", on: 2, other))
        #expect(
            admission.revoked(under: try access([(key, "w1"), (other, "w2")])).isEmpty)
        #expect(
            admission.revoked(under: try access([(other, "w2")])).map(\.connection.rawValue)
                == [1, 3])
        #expect(
            admission.revoked(under: try access([(key, "w1"), (other, "w3")])).map(\.workerID)
                == ["w2"])
        #expect(admission.revoked(under: WorkerAccess()).count == 3)
    }

    // MARK: The gate

    private static let now = Instant(nanoseconds: 1_000_000_000_000)

    /// Three messages that nobody understands end a connection, also where there are no keys; others go on.
    @Test func threeFaultsAreTooMany() {
        let gate = WorkerGate(nil)
        let (bad, good) = (ConnectionID(1), ConnectionID(2))
        #expect(!gate.noteFault(of: bad) && !gate.noteFault(of: good) && !gate.noteFault(of: bad))
        #expect(gate.noteFault(of: bad))
        gate.expel(bad, line: nil, at: Self.now)
        let message = Message()
        #expect(!gate.admits(bad, message) && gate.isExpelled(bad))
        #expect(gate.admits(good, message))
        #expect(gate.nextDue == Self.now.advanced(by: WorkerGate.farewell))
        gate.hangUpDue(at: Self.now.advanced(by: WorkerGate.farewell))
        #expect(gate.nextDue == nil && !gate.isExpelled(bad))
    }

    /// A worker that is in doubt registers again, even often; one that does nothing else is sent away.
    @Test func registrationsAreBounded() {
        let gate = WorkerGate(nil)
        let connection = ConnectionID(1)
        for _ in 0..<WorkerGate.maximumRegistrations {
            #expect(!gate.noteRegistration(on: connection, at: Self.now))
        }
        #expect(gate.noteRegistration(on: connection, at: Self.now))
        #expect(!gate.noteRegistration(on: ConnectionID(2), at: Self.now))
        let later = Self.now.advanced(by: WorkerGate.registrationWindow)
        #expect(!gate.noteRegistration(on: connection, at: later))
    }

    /// Monitoring is told of every connection that was refused, whatever the log says.
    @Test func refusalsAreCounted() throws {
        let gate = WorkerGate(try access([(key, "w1")]))
        for asking in [key, other, other] {
            let frames = ["1.0", "1", WorkerGate.domain, "10.0.0.1", "", "CURVE"].map {
                Array($0.utf8)
            }
            let request = try #require(AuthenticationRequest(frames: frames + [asking.bytes]))
            _ = gate.answer(request)
        }
        gate.countRefusal(.accessRevoked)
        #expect(gate.refused == [.accessDenied: 2, .accessRevoked: 1])
        #expect(Set(gate.refused.keys).isSubset(of: WorkerGate.codes))
    }

    /// A flood of strangers is one line of the log in ten seconds.
    @Test func refusalsAreToldTogether() {
        var tally = RefusalTally()
        #expect(tally.take(at: Self.now) == nil)
        tally.note("10.0.0.1")
        #expect(tally.take(at: Self.now) == RefusalTally.Report(count: 1, address: "10.0.0.1"))
        for _ in 0..<100 { tally.note("10.0.0.2") }
        #expect(tally.take(at: Self.now.advanced(by: .seconds(9))) == nil)
        #expect(
            tally.take(at: Self.now.advanced(by: .seconds(10)))
                == RefusalTally.Report(count: 100, address: "10.0.0.2"))
    }
}
