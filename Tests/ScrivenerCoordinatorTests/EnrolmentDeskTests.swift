// Who is listed as a replica, and how often somebody may try.

import ScrivenerModel
import ScrivenerSecurity
import Testing
import ZeroMQ

@testable import ScrivenerCoordinator

@Suite struct EnrolmentDeskTests {
    private let token = PoolToken.generate()
    private let keys: CoordinatorKeys
    private let key: CurvePublicKey
    private let named: CurvePublicKey

    init() throws {
        key = try CurveKeyPair.generate().publicKey
        named = try CurveKeyPair.generate().publicKey
        var keys = CoordinatorKeys(current: try CurveKeyPair.generate())
        keys.tokens = [
            PoolTokenRecord(
                pool: "research", digest: token.digest,
                created: WallTime(millisecondsSince1970: 0))
        ]
        keys.named = [
            NamedWorkerKey(worker: try #require(WorkerName("research/w1")), key: named)
        ]
        self.keys = keys
    }

    private static let start = Instant(nanoseconds: 0)

    private func moment(_ seconds: Double) -> Moment {
        Moment(
            instant: Self.start.advanced(by: .seconds(seconds)),
            wall: WallTime(millisecondsSince1970: 7))
    }

    private func request(
        pool: String = "research", name: String = "r1", token: [UInt8]? = nil
    ) -> EnrolmentRequest {
        EnrolmentRequest(pool: pool, name: name, token: token ?? self.token.revealedBytes)
    }

    /// What a desk answers, as a word: who was listed, or the code.
    private func ask(
        _ desk: inout EnrolmentDesk, _ enrolled: inout EnrolledKeys, _ request: EnrolmentRequest,
        by key: CurvePublicKey? = nil, from address: String = "10.0.0.1", at seconds: Double = 0
    ) -> String {
        switch desk.answer(
            request, by: key ?? self.key, from: address, under: keys, enrolled: &enrolled,
            at: moment(seconds))
        {
        case .listed(let worker): worker
        case .refused(let code, _): code.rawValue
        }
    }

    /// The whole of it: listed under the pool's name and its own, by the key of its connection.
    @Test func aReplicaIsListed() throws {
        let worker = try #require(WorkerName("research/r1"))
        var desk = EnrolmentDesk(at: Self.start)
        var enrolled = EnrolledKeys()
        #expect(ask(&desk, &enrolled, request()) == "research/r1")
        #expect(
            enrolled.keys == [
                EnrolledKey(
                    worker: worker, key: key, token: token.digest,
                    created: WallTime(millisecondsSince1970: 7))
            ])
    }

    /// A wrong token, one of another pool, and a pool that is not there are answered alike: who guesses learns nothing.
    @Test func whatIsWrongIsNotTold() {
        var desk = EnrolmentDesk(at: Self.start)
        var enrolled = EnrolledKeys()
        var answers: Set<EnrolmentReason> = []
        for request in [
            request(token: [1, 2, 3]), request(pool: "other"),
            request(pool: "nobody", token: [9]), request(pool: "../research"),
        ] {
            let answer = desk.answer(
                request, by: key, from: "10.0.0.1", under: keys, enrolled: &enrolled,
                at: moment(0))
            answers.insert(EnrolmentReason(answer))
        }
        #expect(answers.count == 1 && answers.first?.code == .accessDenied)
        #expect(enrolled.keys.isEmpty)
    }

    private struct EnrolmentReason: Hashable {
        var code: ErrorCode?
        var reason = ""

        init(_ answer: EnrolmentAnswer) {
            guard case .refused(let code, let reason) = answer else { return }
            (self.code, self.reason) = (code, reason)
        }
    }

    /// Whoever has the token cannot become a worker with a key of its own, nor use such a worker's key.
    @Test func namedWorkersAreNotTakenOver() {
        var desk = EnrolmentDesk(at: Self.start)
        var enrolled = EnrolledKeys()
        #expect(ask(&desk, &enrolled, request(name: "w1")) == "access_denied")
        #expect(ask(&desk, &enrolled, request(), by: named) == "access_denied")
        #expect(ask(&desk, &enrolled, request(name: "a/b")) == "registration_invalid")
        #expect(enrolled.keys.isEmpty)
    }

    /// Tokens are tried out from one address: it is not heard any more for a while, and others are.
    @Test func guessingIsSlow() {
        var desk = EnrolmentDesk(at: Self.start)
        var enrolled = EnrolledKeys()
        var heard = 0
        for number in 0..<100 {
            let code = ask(&desk, &enrolled, request(token: [UInt8(number)]))
            if code == "access_denied" { heard += 1 }
        }
        #expect(heard <= EnrolmentDesk.failuresAtOnce)
        #expect(ask(&desk, &enrolled, request()) == "overloaded")
        #expect(desk.mayConnect(from: "10.0.0.1", at: Self.start) == false)
        #expect(desk.mayConnect(from: "10.0.0.2", at: Self.start) == true)
        #expect(ask(&desk, &enrolled, request(), from: "10.0.0.2") == "research/r1")
        #expect(ask(&desk, &enrolled, request(), at: 120) == "research/r1")
    }

    /// Everybody connects at once: so many are let in, and the others a little later.
    @Test func connectionsAreMetered() {
        var desk = EnrolmentDesk(at: Self.start)
        let now = (0..<1_000).count { desk.mayConnect(from: "10.0.0.\($0 % 200)", at: Self.start) }
        #expect(now == EnrolmentDesk.connectionsAtOnce)
        let later = Self.start.advanced(by: .seconds(1))
        let next = (0..<1_000).count { desk.mayConnect(from: "10.0.0.\($0 % 200)", at: later) }
        #expect(next == Int(EnrolmentDesk.connectionsPerSecond))
    }

    /// A bucket holds what it holds, also when the clock stands still.
    @Test func aBucketFillsWithTime() {
        var bucket = TokenBucket(capacity: 2, perSecond: 0.5, at: Self.start)
        #expect(bucket.isFull(at: Self.start) == true)
        #expect(bucket.take(at: Self.start) && bucket.take(at: Self.start))
        #expect(bucket.take(at: Self.start) == false)
        #expect(bucket.take(at: Self.start.advanced(by: .seconds(1))) == false)
        #expect(bucket.take(at: Self.start.advanced(by: .seconds(2))) == true)
        #expect(bucket.isFull(at: Self.start.advanced(by: .seconds(5))) == false)
        #expect(bucket.isFull(at: Self.start.advanced(by: .seconds(6))) == true)
    }
}
