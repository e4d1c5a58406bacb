// Every limit, at it and one beyond it. A limit that is named but not enforced is memory that a
// peer can make us spend.

import ScrivenerModel
import Testing

@testable import ScrivenerWire

/// One limit, and a message that holds so many of what it limits.
struct LimitCase: Sendable, CustomTestStringConvertible {
    let name: String
    /// Makes the limit small, so that the case is.
    let lower: @Sendable (inout WireLimits, Int) -> Void
    /// Decodes a message that holds so many.
    let decode: @Sendable (Int, WireLimits) throws -> Void

    var testDescription: String { name }
}

@Suite struct LimitTests {
    /// At the limit a message is taken; beyond it the error says the limit and the actual.
    @Test(arguments: LimitCase.ofWorkers + LimitCase.ofCoordinators + LimitCase.ofRecords)
    func aLimitHolds(_ limit: LimitCase) throws {
        let count = 40
        var limits = WireLimits()
        limit.lower(&limits, count)
        #expect(throws: Never.self) { try limit.decode(count, limits) }
        let error = #expect(throws: WireError.self) { try limit.decode(count + 1, limits) }
        #expect(error?.code == "too_large" || error?.code == "out_of_range")
        #expect(error?.field.isEmpty == false)
        #expect(error?.limit?.hasSuffix("\(count)") == true)
        #expect(error?.actual == "\(count + 1)")
    }

    /// Workers in other languages rely on these numbers.
    @Test func theStandardLimitsAreTheDocumentedOnes() {
        let limits = WireLimits.standard
        #expect(limits.messageBytes == 8 * 1_024 * 1_024)
        #expect(limits.batchItems == 4_096)
        #expect(limits.batchInputs == 65_536)
        #expect(limits.attemptReferences == 250_000)
        #expect(limits.identifierBytes == 256)
        #expect(limits.textBytes == 65_536)
        #expect(limits.agentsPerWorker == 256)
        #expect(limits.capabilitiesPerAgent == 64)
        #expect(limits.tagsPerAgent == 64)
        #expect(limits.slotsPerAgent == 10_000)
        #expect(limits.resourcesPerWorker == 64)
        #expect(limits.healthMessageBytes == 1_024)
        #expect(limits.checkpointBytes == 1_024 * 1_024)
        #expect(limits.resultBytes == 1_024 * 1_024)
        #expect(limits.parameterBytes == 1_024 * 1_024)
        #expect(limits.sources == 1_000)
        #expect(limits.insights == 1_000)
        #expect(limits.citations == 1_000)
        #expect(limits.evidencesPerInsight == 64)
    }

    /// A frame is refused by its size before anything is read, however little sense it makes.
    @Test func aFrameThatIsTooLongIsNotRead() {
        let frame = [UInt8](repeating: 0xFF, count: WireLimits.standard.messageBytes + 1)
        let expected = WireError.tooLarge(
            field: "message", limit: 8 << 20, actual: (8 << 20) + 1)
        #expect(throws: expected) { try WireCodec.decode(worker: frame) }
        #expect(throws: expected) { try WireCodec.decode(coordinator: frame) }
    }

    /// Millions of empty agents, or of journals without results, fit a frame; as values they would be hundreds of
    /// megabytes.
    @Test(arguments: [
        ("agents", 256, [0x4A, 0x00] as [UInt8]), ("parked", 16, [0x82, 0x01, 0x00] as [UInt8]),
    ])
    func aFloodOfRowsIsRefusedBeforeItIsRead(field: String, limit: Int, row: [UInt8]) {
        let rows = 1 << 20
        // Register, its length, and then rows of two or three bytes each.
        var frame: [UInt8] = [0x0A, 0x80, 0x80, row.count == 2 ? 0x80 : 0xC0, 0x01]
        for _ in 0..<rows { frame += row }
        // Protobuf would read what stands before it, and stumble here.
        frame.append(0xFF)
        #expect(throws: WireError.tooLarge(field: field, limit: limit, actual: rows)) {
            try WireCodec.decode(worker: frame)
        }
    }

    /// A result that an agent made too large has to fail before it enters a batch, or the whole
    /// batch would be refused.
    @Test func aWorkerCanAskBeforeItSends() throws {
        for item in Samples.results.items { try WireCodec.check(item.result) }
        try WireCodec.check(Samples.registration)
        var result = AgentResult(payload: RawJSON("\"" + String(repeating: "x", count: 1 << 20)))
        #expect(throws: WireError.tooLarge(field: "payload", limit: 1 << 20, actual: 1_048_577)) {
            try WireCodec.check(result)
        }
        result.payload = RawJSON("nul")
        let error = #expect(throws: WireError.self) { try WireCodec.check(result) }
        #expect(error?.code == "invalid_json")
    }
}
