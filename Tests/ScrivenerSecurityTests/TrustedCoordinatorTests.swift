// Which way a worker dials, through all changes of its coordinator's key. (What changes its receiver has to be
// compared within `#expect`, which would otherwise call it on a constant.)

import ScrivenerModel
import Testing
import ZeroMQ

@testable import ScrivenerSecurity

@Suite struct TrustedCoordinatorTests {
    private let old: CurvePublicKey
    private let new: CurvePublicKey
    private static let endpoint = "tcp://hub:7412"
    private let now = Instant(nanoseconds: 0)

    init() throws {
        old = try CurveKeyPair.generate().publicKey
        new = try CurveKeyPair.generate().publicKey
    }

    private func lines(_ coordinator: TrustedCoordinator) -> [String] {
        coordinator.lines.map {
            let name = $0.key == old ? "old" : $0.key == new ? "new" : "other"
            return "\($0.endpoint.split(separator: ":").last ?? "") \(name)"
        }
    }

    private var redial: Redial { Redial(key: new.bytes, port: 7414) }

    /// The coordinator's key is changed, from beginning to end.
    @Test func aKeyIsChanged() throws {
        var coordinator = TrustedCoordinator(at: Self.endpoint, keys: [old])
        #expect(lines(coordinator) == ["7412 old"])
        #expect(coordinator.confirm() == false)
        // Introduced: the second endpoint comes first, and the old key is still good if it does not answer.
        #expect(coordinator.learn(redial, at: now) == true)
        #expect(lines(coordinator) == ["7414 new", "7412 new", "7412 old"])
        #expect(coordinator.line.endpoint == "tcp://hub:7414")
        // It answers: whoever has the old key is not the coordinator any more.
        #expect(coordinator.confirm() == true)
        #expect(lines(coordinator) == ["7414 new", "7412 new"])
        #expect(coordinator.line.endpoint == "tcp://hub:7414")
        // Changed: back to where the worker was sent first.
        #expect(coordinator.learn(Redial(key: new.bytes, port: 0), at: now) == true)
        #expect(lines(coordinator) == ["7412 new"])
        #expect(coordinator.confirm() == false)
        // After a restart of the worker with the old file.
        let again = TrustedCoordinator(
            at: Self.endpoint, keys: [old], memory: coordinator.memory)
        #expect(lines(again) == ["7412 new"])
    }

    /// The worker is given the file of the next change before the coordinator has told it anything, and is away when it
    /// does: the next key is not taken for an old one.
    @Test func theNextKeyIsNotWorthless() {
        let memory = TrustedCoordinator.Memory(key: old, port: 0, superseded: [])
        var coordinator = TrustedCoordinator(
            at: Self.endpoint, keys: [old, new], memory: memory)
        #expect(coordinator.confirm() == false)
        #expect(lines(coordinator) == ["7412 old", "7412 new"])
    }

    /// A worker was away when the change ended: it finds its way back, and remembers that there is only one.
    @Test func whoWasAwayFindsBack() {
        var coordinator = TrustedCoordinator(at: Self.endpoint, keys: [old])
        #expect(coordinator.learn(redial, at: now) && coordinator.confirm())
        coordinator.fail(at: now)
        #expect(coordinator.line.endpoint == Self.endpoint && coordinator.line.key == new)
        #expect(coordinator.confirm() == true)
        #expect(lines(coordinator) == ["7412 new"])
        #expect(coordinator.confirm() == false)
    }

    /// A firewall lies before the second endpoint: the worker goes on as it was, and is not sent there all the time.
    @Test func anEndpointThatDoesNotAnswerIsLeftAlone() {
        var coordinator = TrustedCoordinator(at: Self.endpoint, keys: [old])
        #expect(coordinator.learn(redial, at: now) == true)
        coordinator.fail(at: now)
        #expect(coordinator.line.key == new && coordinator.line.endpoint == Self.endpoint)
        coordinator.fail(at: now)
        #expect(coordinator.line.key == old)
        #expect(coordinator.learn(redial, at: now.advanced(by: .seconds(59))) == false)
        #expect(coordinator.line.key == old)
        #expect(coordinator.learn(redial, at: now.advanced(by: .seconds(60))) == true)
        #expect(coordinator.line.endpoint == "tcp://hub:7414")
    }

    /// Nobody answers at all: every line is tried in turn, for ever.
    @Test func allLinesAreTriedInTurn() {
        var coordinator = TrustedCoordinator(at: Self.endpoint, keys: [old, new])
        var tried: [CurvePublicKey] = []
        for _ in 0..<4 {
            tried.append(coordinator.line.key)
            coordinator.fail(at: now)
        }
        #expect(tried == [old, new, old, new])
    }

    /// Somebody gives the worker another file while it runs.
    @Test func anotherFileCountsAtOnce() {
        var coordinator = TrustedCoordinator(at: Self.endpoint, keys: [old])
        #expect(coordinator.reconfigure([old, new]) == false)
        #expect(coordinator.line.key == old)
        #expect(coordinator.reconfigure([new]) == true)
        #expect(coordinator.line.key == new)
        #expect(coordinator.reconfigure([]) == false)
    }

    /// What was remembered is read back; a file that was cut short is none.
    @Test func theMemoryOutlivesTheWorker() throws {
        let folder = try Folder()
        let path = folder.path("coordinator-key")
        #expect(CoordinatorMemoryFile.read(path) == nil)
        let memory = TrustedCoordinator.Memory(key: new, port: 7414, superseded: [old])
        try CoordinatorMemoryFile.write(memory, to: path)
        #expect(CoordinatorMemoryFile.read(path) == memory)
        try SecretFile.write(Array(new.z85.utf8), to: path, replacing: true)
        #expect(CoordinatorMemoryFile.read(path) == nil)
    }

    /// A coordinator that speaks nonsense changes nothing.
    @Test func aKeyThatIsNoneIsNotLearnt() {
        var coordinator = TrustedCoordinator(at: Self.endpoint, keys: [old])
        #expect(coordinator.learn(Redial(key: [1, 2, 3], port: 1), at: now) == false)
        #expect(lines(coordinator) == ["7412 old"])
    }
}
