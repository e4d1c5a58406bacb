// Bytes from nobody in particular. Whatever arrives is either a message or a `WireError`; a trap
// here would let one broken worker end the coordinator and every session on it.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

@Suite struct HostileBytesTests {
    static let cases = 100_000

    /// A worker gone mad, or somebody else's program on our port.
    @Test func nothingThatAWorkerSendsTraps() throws {
        let seeds = (Samples.fromWorker + Samples.emptyFromWorker).map(WireCodec.encode)
        var generator = SeededGenerator(seed: 1)
        var taken = 0
        for _ in 0..<Self.cases {
            let bytes = Self.hostileBytes(from: seeds, using: &generator)
            guard let message = try? WireCodec.decode(worker: bytes) else { continue }
            taken += 1
            // What was taken is a value that can be said again.
            if taken % 16 == 0 {
                #expect(try WireCodec.decode(worker: WireCodec.encode(message)) == message)
            }
        }
        #expect(taken > 0 && taken < Self.cases)
    }

    /// The same for a worker that reads what claims to be its coordinator.
    @Test func nothingThatACoordinatorSendsTraps() throws {
        let seeds = (Samples.fromCoordinator + Samples.emptyFromCoordinator).map(WireCodec.encode)
        var generator = SeededGenerator(seed: 2)
        var taken = 0
        for _ in 0..<Self.cases {
            let bytes = Self.hostileBytes(from: seeds, using: &generator)
            guard let message = try? WireCodec.decode(coordinator: bytes) else { continue }
            taken += 1
            if taken % 16 == 0 {
                #expect(try WireCodec.decode(coordinator: WireCodec.encode(message)) == message)
            }
        }
        #expect(taken > 0 && taken < Self.cases)
    }

    /// Every prefix of every message: a frame that was cut off.
    @Test func everyPrefixIsAMessageOrAnError() {
        for bytes in Samples.fromWorker.map(WireCodec.encode) {
            for count in 0..<bytes.count {
                _ = try? WireCodec.decode(worker: Array(bytes.prefix(count)))
            }
        }
        for bytes in Samples.fromCoordinator.map(WireCodec.encode) {
            for count in 0..<bytes.count {
                _ = try? WireCodec.decode(coordinator: Array(bytes.prefix(count)))
            }
        }
    }

    /// Damaged records in the journal must not end the coordinator that reads them.
    @Test func damagedRecordsAreErrors() {
        let result = AgentResult(
            findings: Samples.findings, usage: Samples.usage,
            proposedTasks: RawJSON("[]"), failure: Samples.failure)
        let annex = WireCodec.encode(annexOf: result)
        let findings = WireCodec.encode(findings: Samples.findings)
        let failure = WireCodec.encode(failure: Samples.failure)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5_000 {
            let damaged = Self.hostileBytes(from: [annex], using: &generator)
            _ = try? WireCodec.decode(annex: damaged, payload: .null)
            _ = try? WireCodec.decode(
                findings: Self.hostileBytes(from: [findings], using: &generator))
            _ = try? WireCodec.decode(
                failure: Self.hostileBytes(from: [failure], using: &generator))
        }
    }

    // MARK: Cases

    static func hostileBytes(
        from seeds: [[UInt8]], using generator: inout SeededGenerator
    ) -> [UInt8] {
        let seed = seeds[Int.random(in: seeds.indices, using: &generator)]
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: return randomBytes(using: &generator)
        case 1: return Array(seed.prefix(Int.random(in: 0...seed.count, using: &generator)))
        case 2: return flipped(seed, using: &generator)
        default: return spliced(seed, using: &generator)
        }
    }

    private static func randomBytes(using generator: inout SeededGenerator) -> [UInt8] {
        (0..<Int.random(in: 0...48, using: &generator)).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
    }

    /// One to four bits the other way round.
    private static func flipped(
        _ seed: [UInt8], using generator: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = seed
        guard !bytes.isEmpty else { return bytes }
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let index = Int.random(in: bytes.indices, using: &generator)
            bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        }
        return bytes
    }

    /// One byte replaced by a value that varints and lengths dislike.
    private static func spliced(
        _ seed: [UInt8], using generator: inout SeededGenerator
    ) -> [UInt8] {
        var bytes = seed
        guard !bytes.isEmpty else { return bytes }
        let index = Int.random(in: bytes.indices, using: &generator)
        let awkward: [UInt8] = [0x00, 0x01, 0x7F, 0x80, 0xC0, 0xFF]
        bytes[index] = awkward[Int.random(in: awkward.indices, using: &generator)]
        return bytes
    }
}
