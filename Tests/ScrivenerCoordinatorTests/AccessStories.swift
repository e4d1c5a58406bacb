// A coordinator with keys, and those who want to speak to it: with real sockets, from the handshake on.

import Foundation
import ScrivenerModel
import ScrivenerSecurity
import ScrivenerWire
import Testing
import ZeroMQ

@testable import ScrivenerCoordinator

@Suite struct AccessStories {
    private func onOwnThread<Output: Sendable>(
        _ body: sending @escaping () throws -> Output
    ) async throws -> Output {
        try await OwnedThread.run(named: "test", body)
    }

    /// A worker with its key registers; a peer with a key that nobody has listed, and one without any, are not even
    /// asked who they are.
    @Test func onlyListedWorkersRegister() async throws {
        try await KeyedCoordinator.run(workers: ["w1"]) { coordinator in
            let endpoint = try await coordinator.endpoint
            try await onOwnThread {
                let stranger = try BarePeer(
                    endpoint, as: try CurveKeyPair.generate(), knowing: coordinator.server)
                try stranger.register(as: "w1")
                try stranger.happens(\.isRefusal)
                let plain = try BarePeer(endpoint)
                try plain.register(as: "w1")
                try plain.happens(\.isEnd)
                let worker = try coordinator.peer("w1", endpoint)
                try worker.register(as: "w1")
                #expect(try worker.welcome().redial == nil)
                for peer in [stranger, plain, worker] { peer.close() }
            }
            #expect(try await coordinator.logged("connections refused", "count") != "0")
        }
    }

    /// A worker that has been taken over registers as another one: it is sent away, the other one stays, and so does
    /// whoever speaks without having registered.
    @Test func nobodySpeaksForAnother() async throws {
        try await KeyedCoordinator.run(workers: ["w1", "w2"]) { coordinator in
            let endpoint = try await coordinator.endpoint
            try await onOwnThread {
                let second = try coordinator.peer("w2", endpoint)
                try second.send(WireCodec.encode(.goodbye(epoch: 1)))
                #expect(try second.hear() == .introduce)
                try second.register(as: "w2")
                let epoch = try second.welcome().epoch
                let liar = try coordinator.peer("w1", endpoint)
                try liar.register(as: "w2")
                #expect(try liar.refusal() == .accessDenied)
                try liar.happens(\.isEnd)
                // Admitted, and only then another's name.
                let turncoat = try coordinator.peer("w1", endpoint)
                try turncoat.register(as: "w1")
                _ = try turncoat.welcome()
                try turncoat.register(as: "w2", number: 9)
                #expect(try turncoat.refusal() == .accessDenied)
                try turncoat.happens(\.isEnd)
                try second.send(
                    WireCodec.encode(
                        .heartbeat(WorkerHeartbeat(epoch: epoch, sequence: 1, held: 0))))
                #expect(
                    try second.hear()
                        == .heartbeatAcknowledged(
                            epoch: epoch, sequence: 1, interval: .seconds(1)))
                for peer in [second, liar, turncoat] { peer.close() }
            }
        }
    }

    /// The list is changed while everybody is connected: who is off it is out, who is on it comes in, others notice
    /// nothing.
    @Test func theListIsTakenWithoutARestart() async throws {
        try await KeyedCoordinator.run(workers: ["w1", "w2"]) { coordinator in
            let endpoint = try await coordinator.endpoint
            try await onOwnThread {
                let (first, second) = (
                    try coordinator.peer("w1", endpoint), try coordinator.peer("w2", endpoint)
                )
                try first.register(as: "w1")
                try second.register(as: "w2")
                _ = try first.welcome()
                let epoch = try second.welcome().epoch
                try coordinator.keys.revoke("w1")
                #expect(try first.refusal() == .accessRevoked)
                try first.happens(\.isEnd)
                // Its socket dials again by itself, and is not let in.
                try first.happens(\.isRefusal)
                let third = try CurveKeyPair.generate()
                let name = try #require(WorkerName("w3"))
                var pair = third
                try coordinator.keys.addWorker(name) { pair = $0 }
                try Self.welcomed("w3", pair, of: coordinator, endpoint)
                try second.send(
                    WireCodec.encode(
                        .heartbeat(WorkerHeartbeat(epoch: epoch, sequence: 1, held: 0))))
                #expect(
                    try second.hear()
                        == .heartbeatAcknowledged(
                            epoch: epoch, sequence: 1, interval: .seconds(1)))
                first.close()
                second.close()
            }
        }
    }

    /// A key is taken back while the folder cannot be read as a whole. When it can be, nobody has to change the list
    /// again.
    @Test func whatCouldNotBeReadIsReadLater() async throws {
        try await KeyedCoordinator.run(workers: ["w1"]) { coordinator in
            let endpoint = try await coordinator.endpoint
            try await onOwnThread {
                let worker = try coordinator.peer("w1", endpoint)
                try worker.register(as: "w1")
                _ = try worker.welcome()
                // A file that nobody looks at for changes.
                let broken = coordinator.keys.path(of: .enrolled)
                try Data("nonsense\n".utf8).write(to: URL(fileURLWithPath: broken))
                try coordinator.keys.revoke("w1")
                try worker.wait { coordinator.hasLogged("keys cannot be read") }
                try FileManager.default.removeItem(atPath: broken)
                #expect(try worker.refusal() == .accessRevoked)
                worker.close()
            }
        }
    }

    /// A peer whose key has just been listed: it dials until it is let in.
    private static func welcomed(
        _ worker: String, _ pair: CurveKeyPair, of coordinator: KeyedCoordinator,
        _ endpoint: String
    ) throws {
        while true {
            let peer = try BarePeer(endpoint, as: pair, knowing: coordinator.server)
            defer { peer.close() }
            try peer.register(as: worker)
            try peer.happens { $0.isRefusal || $0 == .handshakeSucceeded }
            guard !peer.events.contains(where: \.isRefusal) else { continue }
            _ = try peer.welcome()
            return
        }
    }

    /// A worker that is broken, or wants to break something: three messages that nobody understands, and it is out.
    /// It may come back.
    @Test func threeFaultsEndAConnection() async throws {
        try await KeyedCoordinator.run(workers: ["w1"]) { coordinator in
            let endpoint = try await coordinator.endpoint
            try await onOwnThread {
                let worker = try coordinator.peer("w1", endpoint)
                try worker.register(as: "w1")
                _ = try worker.welcome()
                for _ in 1...2 {
                    try worker.send([0xFF, 0xFF, 0xFF])
                    guard case .refused(.protocolError, _, false) = try worker.hear() else {
                        Issue.record("a first fault is forgiven")
                        return
                    }
                }
                try worker.send([0xFF])
                #expect(try worker.refusal() == .protocolError)
                try worker.happens(\.isEnd)
                worker.close()
                let again = try coordinator.peer("w1", endpoint)
                try again.register(as: "w1", number: 2)
                _ = try again.welcome()
                again.close()
            }
        }
    }

    /// The same for messages in frames that no message has, few or many.
    @Test func wrongFramesAreFaults() async throws {
        try await KeyedCoordinator.run(workers: ["w1"]) { coordinator in
            let endpoint = try await coordinator.endpoint
            try await onOwnThread {
                let worker = try coordinator.peer("w1", endpoint)
                for count in [2, 3, 20] {
                    try worker.send(frames: Array(repeating: [1], count: count))
                }
                #expect(try worker.refusal() == .protocolError)
                try worker.happens(\.isEnd)
                worker.close()
            }
        }
    }

    /// Whoever does nothing but register is sent away, also where there are no keys.
    @Test func whoOnlyRegistersIsSentAway() async throws {
        try await KeyedCoordinator.run(isOpen: true) { coordinator in
            let endpoint = try await coordinator.endpoint
            try await onOwnThread {
                let worker = try BarePeer(endpoint)
                for number in 0...WorkerGate.maximumRegistrations {
                    try worker.register(as: "w1", number: Int64(number) + 1)
                }
                #expect(try worker.refusal() == .protocolError)
                try worker.happens(\.isEnd)
                worker.close()
            }
        }
    }

    // MARK: Replicas

    private static func enrolment(
        _ token: PoolToken?, pool: String = "research", name: String = "r1"
    ) -> [UInt8] {
        WireCodec.encode(
            EnrolmentRequest(pool: pool, name: name, token: token?.revealedBytes ?? [1]))
    }

    private static func answer(_ peer: BarePeer) throws -> EnrolmentAnswer {
        let bytes = try peer.hearBytes()
        return try WireCodec.decode(enrolmentAnswer: bytes.span.bytes)
    }

    /// A replica makes a key, enrols, and is let in by it under its pool's name: at once, and also when the
    /// coordinator was started anew. When the token is taken back, so is its key.
    @Test func aReplicaEnrolsAndGoesWithItsToken() async throws {
        try await KeyedCoordinator.run(pools: ["research"]) { coordinator in
            let (endpoint, enrolment) = (
                try await coordinator.endpoint, try await coordinator.enrolment
            )
            try await onOwnThread {
                let pair = try CurveKeyPair.generate()
                let caller = try BarePeer(enrolment, as: pair, knowing: coordinator.server)
                try caller.send(Self.enrolment(coordinator.tokens["research"]))
                #expect(try Self.answer(caller) == .listed(workerID: "research/r1"))
                caller.close()
                let worker = try BarePeer(endpoint, as: pair, knowing: coordinator.server)
                try worker.register(as: "research/r1")
                _ = try worker.welcome()
                #expect(
                    try coordinator.keys.read().access[pair.publicKey] == "research/r1")
                try coordinator.keys.revoke("research")
                #expect(try worker.refusal() == .accessRevoked)
                try worker.happens(\.isEnd)
                worker.close()
            }
        }
    }

    /// Many replicas come at once: all of them are in the file soon, though it is not written for each.
    @Test func allReplicasAreKept() async throws {
        try await KeyedCoordinator.run(pools: ["research"]) { coordinator in
            let enrolment = try await coordinator.enrolment
            try await onOwnThread {
                for number in 1...5 {
                    let caller = try BarePeer(
                        enrolment, as: try CurveKeyPair.generate(), knowing: coordinator.server)
                    try caller.send(
                        Self.enrolment(coordinator.tokens["research"], name: "r\(number)"))
                    #expect(try Self.answer(caller) == .listed(workerID: "research/r\(number)"))
                    caller.close()
                }
            }
            let deadline = ContinuousClock.now + .seconds(60)
            while try coordinator.keys.read().enrolled.count < 5 {
                try #require(ContinuousClock.now < deadline)
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// A wrong token, nonsense, too large a message, no key: nobody is listed, and the endpoint goes on.
    @Test func strangersDoNotEnrol() async throws {
        try await KeyedCoordinator.run(pools: ["research"]) { coordinator in
            let enrolment = try await coordinator.enrolment
            try await onOwnThread {
                let plain = try BarePeer(enrolment)
                try plain.send(Self.enrolment(coordinator.tokens["research"]))
                try plain.happens(\.isEnd)
                let liar = try BarePeer(
                    enrolment, as: try CurveKeyPair.generate(), knowing: coordinator.server)
                try liar.send(Self.enrolment(nil))
                guard case .refused(.accessDenied, _) = try Self.answer(liar) else {
                    Issue.record("a wrong token is refused")
                    return
                }
                try liar.send([0xFF])
                guard case .refused(.protocolError, _) = try Self.answer(liar) else {
                    Issue.record("what is no request is refused")
                    return
                }
                try liar.send(Self.enrolment(nil))
                _ = try Self.answer(liar)
                // The fourth of a connection ends it, and so does one that is too large.
                try liar.send(Self.enrolment(nil))
                try liar.happens(\.isEnd)
                let large = try BarePeer(
                    enrolment, as: try CurveKeyPair.generate(), knowing: coordinator.server)
                try large.send(Array(repeating: 0, count: 2_000))
                try large.happens(\.isEnd)
                let honest = try BarePeer(
                    enrolment, as: try CurveKeyPair.generate(), knowing: coordinator.server)
                try honest.send(Self.enrolment(coordinator.tokens["research"]))
                #expect(try Self.answer(honest) == .listed(workerID: "research/r1"))
                for peer in [plain, liar, large, honest] { peer.close() }
                #expect(try coordinator.keys.read().enrolled.count == 1)
            }
        }
    }

    // MARK: The coordinator's key

    /// The coordinator's key is changed while a worker is connected: it is told where to dial and by which key, moves,
    /// is sent back when the change is over, and the old key is worth nothing any more.
    @Test func theCoordinatorsKeyIsChanged() async throws {
        try await KeyedCoordinator.run(workers: ["w1"]) { coordinator in
            let endpoint = try await coordinator.endpoint
            try await onOwnThread {
                let pair = try #require(coordinator.pairs["w1"])
                let first = try coordinator.peer("w1", endpoint)
                try first.register(as: "w1")
                _ = try first.welcome()
                try coordinator.keys.beginRotation()
                _ = try first.hear { $0 == .introduce }
                try first.register(as: "w1", number: 2)
                let there = try #require(try first.welcome().redial)
                let next = try CurvePublicKey(bytes: there.key)
                let introduced = try coordinator.keys.read().next
                #expect(next == introduced?.publicKey)
                first.close()
                let second = try BarePeer(
                    "tcp://127.0.0.1:\(there.port)", as: pair, knowing: next)
                try second.register(as: "w1", number: 3)
                #expect(try second.welcome().redial == nil)
                // Who is late still gets in by the old key.
                let late = try coordinator.peer("w1", endpoint)
                try late.register(as: "w1", number: 4)
                #expect(try late.welcome().redial == there)
                late.close()
                try second.register(as: "w1", number: 5)
                _ = try second.welcome()
                try coordinator.keys.finishRotation()
                _ = try second.hear { $0 == .introduce }
                try second.register(as: "w1", number: 6)
                let back = try #require(try second.welcome().redial)
                #expect(back == Redial(key: next.bytes, port: 0))
                second.close()
            }
        }
    }
}
