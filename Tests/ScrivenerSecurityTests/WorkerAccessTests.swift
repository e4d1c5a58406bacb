import ScrivenerModel
import Testing
import ZeroMQ

@testable import ScrivenerSecurity

@Suite struct WorkerAccessTests {
    private let token = PoolToken.generate()
    private let now = WallTime(millisecondsSince1970: 0)

    private func worker(_ text: String) throws -> WorkerName { try #require(WorkerName(text)) }

    private func enrolled(_ name: String, _ key: CurvePublicKey) throws -> EnrolledKey {
        EnrolledKey(worker: try worker(name), key: key, token: token.digest, created: now)
    }

    private var record: PoolTokenRecord {
        PoolTokenRecord(pool: "p", digest: token.digest, created: now)
    }

    /// Whoever holds a pool's token takes the name of a worker that has a key of its own: that stays its own.
    @Test func aReplicaCannotTakeTheNameOfANamedWorker() throws {
        let (own, other) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
        let access = WorkerAccess(
            named: [NamedWorkerKey(worker: try worker("p/w1"), key: own.publicKey)],
            enrolled: [try enrolled("p/w1", other.publicKey)], tokens: [record])
        #expect(access[own.publicKey] == "p/w1" && access[other.publicKey] == nil)
    }

    /// A token of one pool lists nobody of another, whatever a file says.
    @Test func aTokenIsOfItsPoolOnly() throws {
        let key = try CurveKeyPair.generate().publicKey
        let other = PoolTokenRecord(pool: "q", digest: token.digest, created: now)
        #expect(
            WorkerAccess(named: [], enrolled: [try enrolled("p/r", key)], tokens: [other])
                == WorkerAccess())
    }

    /// Replicas come and go: each has one key, and the oldest of too many is forgotten.
    @Test func enrolledKeysAreBounded() throws {
        var keys = EnrolledKeys(limit: 3)
        let pairs = try (0..<5).map { _ in try CurveKeyPair.generate().publicKey }
        for (number, key) in pairs.enumerated() { keys.add(try enrolled("p/r\(number)", key)) }
        #expect(keys.keys.map(\.worker.name) == ["r2", "r3", "r4"])
        keys.add(try enrolled("p/r3", pairs[0]))
        #expect(keys.keys.map(\.worker.name) == ["r2", "r4", "r3"])
        #expect(keys.keys.last?.key == pairs[0])
        // Another pool's are not forgotten for it.
        keys.add(try enrolled("q/r1", pairs[1]))
        #expect(keys.keys.count == 4)
        keys.keepOnly(of: [])
        #expect(keys.keys.isEmpty)
    }

    /// However many pools there are, the file of their replicas can be read again.
    @Test func enrolledKeysFitTheirFile() throws {
        var keys = EnrolledKeys(limit: 3, total: 4)
        let longest = String(repeating: "n", count: 128)
        for number in 0..<6 {
            let pool = String(repeating: "p", count: 63) + "\(number)"
            keys.add(try enrolled("\(pool)/\(longest)", try CurveKeyPair.generate().publicKey))
        }
        #expect(keys.keys.compactMap(\.worker.pool?.last) == ["2", "3", "4", "5"])
        let bytes = keys.fileBytes.count / keys.keys.count * EnrolledKeys.maximum
        #expect(bytes <= KeyFolder.maximumListBytes)
    }

    /// A digest in a file that somebody has cut short, or written in capitals.
    @Test(arguments: [
        "", "abc", String(repeating: "A", count: 64), String(repeating: "g", count: 64),
    ])
    func whatIsNoDigestIsRefused(_ text: String) {
        #expect(TokenDigest(text) == nil)
    }

    /// The hash is SHA-256, as other programs compute it.
    @Test func theDigestIsTheOneThatOthersCompute() {
        #expect(
            TokenDigest(of: Array("abc".utf8)).text
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }
}
