// The two messages of an enrolment: anybody who knows the coordinator's public key may send the one.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

@Suite struct EnrolmentTests {
    private static let request = EnrolmentRequest(
        pool: "research", name: "host-1", token: Array("scrivener-pool-0123".utf8))

    /// What is said is what is heard.
    @Test func messagesComeBack() throws {
        let bytes = WireCodec.encode(Self.request)
        #expect(try WireCodec.decode(enrolment: bytes.span.bytes) == Self.request)
        for answer in [
            EnrolmentAnswer.listed(workerID: "research/host-1"),
            .refused(code: .accessDenied, reason: "why"),
        ] {
            let bytes = WireCodec.encode(answer)
            #expect(try WireCodec.decode(enrolmentAnswer: bytes.span.bytes) == answer)
        }
    }

    /// An answer that says nothing is none.
    @Test func anEmptyAnswerIsRefused() {
        let bytes: [UInt8] = []
        #expect(throws: WireError.empty(field: "worker_id")) {
            _ = try WireCodec.decode(enrolmentAnswer: bytes.span.bytes)
        }
    }

    /// Whatever arrives is a request within its limits, or an error: nothing that a stranger sends traps.
    @Test func nothingThatAStrangerSendsTraps() {
        let seeds = [WireCodec.encode(Self.request), WireCodec.encode(.listed(workerID: "p/n"))]
        var generator = SeededGenerator(seed: 7)
        var taken = 0
        for _ in 0..<HostileBytesTests.cases {
            let bytes = HostileBytesTests.hostileBytes(from: seeds, using: &generator)
            _ = try? WireCodec.decode(enrolmentAnswer: bytes.span.bytes)
            guard let request = try? WireCodec.decode(enrolment: bytes.span.bytes) else {
                continue
            }
            taken += 1
            #expect((1...256).contains(request.token.count))
            #expect((1...256).contains(request.pool.utf8.count))
            #expect((1...256).contains(request.name.utf8.count))
        }
        #expect(taken > 0 && taken < HostileBytesTests.cases)
    }

    /// A kibibyte is enough for everybody.
    @Test func whatIsLargerIsNotRead() {
        var large = Self.request
        large.token = Array(repeating: 7, count: 1 << 10)
        let bytes = WireCodec.encode(large)
        #expect(
            throws: WireError.tooLarge(field: "message", limit: 1 << 10, actual: bytes.count)
        ) {
            _ = try WireCodec.decode(enrolment: bytes.span.bytes)
        }
    }
}
