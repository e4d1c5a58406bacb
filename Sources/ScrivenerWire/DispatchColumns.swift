// A dispatch's columns to bytes, without values in between. `DispatchDecoding.swift` is the way back; the
// order in which strings enter the arena is the one that the schema gives.

package import ScrivenerModel

extension WireCodec {
    /// A coordinator's dispatch.
    ///
    /// - Parameters:
    ///   - payloads: those of the inputs, in the order of their table, back to back.
    ///   - texts: for each attempt its description, its parameters and its checkpoint, back to back.
    package static func encode(
        _ dispatch: DispatchColumns, epoch: Int64, inputs payloads: UnsafeRawBufferPointer,
        tasks texts: UnsafeRawBufferPointer
    ) -> [UInt8] {
        let arena = DispatchArena(dispatch, payloads, texts)
        let body = body(of: dispatch, epoch: epoch, arena)
        var whole = ProtobufSize()
        whole.begin(dispatchField, byteCount: body)
        let total = whole.byteCount + body
        return [UInt8](unsafeUninitializedCapacity: total) { memory, count in
            var sink = ProtobufBytes(UnsafeMutableRawBufferPointer(memory))
            sink.begin(dispatchField, byteCount: body)
            write(dispatch, epoch: epoch, arena, to: &sink)
            count = sink.byteCount
        }
    }

    /// `CoordinatorEnvelope.dispatch`.
    private static let dispatchField = 3
    /// `Dispatch.attempts`.
    private static let attemptsField = 10

    private static func body(
        of dispatch: DispatchColumns, epoch: Int64, _ arena: DispatchArena
    ) -> Int {
        var size = ProtobufSize()
        write(dispatch, epoch: epoch, arena, to: &size)
        return size.byteCount
    }

    private static func write(
        _ dispatch: DispatchColumns, epoch: Int64, _ arena: DispatchArena,
        to sink: inout some ProtobufSink
    ) {
        sink.number(epoch, 1)
        if arena.byteCount > 0 {
            sink.begin(2, byteCount: arena.byteCount)
            arena.write(to: &sink)
        }
        sink.column(dispatch.types.map { Int32(clamping: $0.utf8.count) }, 3)
        sink.column(dispatch.sessions.map(\.number), 4)
        sink.column(dispatch.sessions.map { Int32(clamping: $0.sessionID.utf8.count) }, 5)
        sink.column(
            dispatch.sessions.map { Int32(clamping: $0.query.utf8.count) }.unlessAllZero, 6)
        sink.column(dispatch.inputIDLengths, 7)
        sink.column(dispatch.inputTypes, 8)
        sink.column(dispatch.inputPayloadLengths.unlessAllZero, 9)
        if dispatch.count > 0 {
            var attempts = ProtobufSize()
            writeAttempts(dispatch, to: &attempts)
            sink.begin(attemptsField, byteCount: attempts.byteCount)
            writeAttempts(dispatch, to: &sink)
        }
        sink.column(dispatch.agentIndices, 11)
        sink.column(dispatch.timeouts, 12)
        sink.column(dispatch.idLengths, 13)
        sink.column(dispatch.taskTypes, 14)
        sink.column(dispatch.descriptionLengths, 15)
        sink.column(dispatch.parameterLengths, 16)
        sink.column(dispatch.inputCounts, 17)
        sink.column(dispatch.inputIndices, 18)
        sink.column(dispatch.progressTimeouts, 19)
        sink.column(dispatch.exclusive, 20)
        sink.column(dispatch.checkpointLengths, 21)
        sink.column(dispatch.slots, 22)
        sink.column(dispatch.atMostOnce, 23)
        writeTraces(of: dispatch.sessions, to: &sink)
        sink.number(dispatch.number, 26)
    }

    private static func writeTraces(
        of sessions: [DispatchSession], to sink: inout some ProtobufSink
    ) {
        guard sessions.contains(where: { $0.trace != nil }) else { return }
        sink.texts(sessions.map { $0.trace?.traceparent ?? "" }, 24)
        sink.texts(sessions.map { $0.trace?.tracestate ?? "" }.unlessAllEmpty, 25)
    }

    private static func writeAttempts(
        _ dispatch: DispatchColumns, to sink: inout some ProtobufSink
    ) {
        sink.column(dispatch.sessionNumbers, 1)
        sink.column(dispatch.tasks, 2)
        sink.column(dispatch.attempts, 3)
    }
}

/// All strings and payloads of a dispatch.
private struct DispatchArena {
    private let dispatch: DispatchColumns
    private let payloads: UnsafeRawBufferPointer
    private let texts: UnsafeRawBufferPointer
    let byteCount: Int

    init(
        _ dispatch: DispatchColumns, _ payloads: UnsafeRawBufferPointer,
        _ texts: UnsafeRawBufferPointer
    ) {
        self.dispatch = dispatch
        self.payloads = payloads
        self.texts = texts
        let types = dispatch.types.reduce(0) { $0 + $1.utf8.count }
        let sessions = dispatch.sessions.reduce(0) {
            $0 + $1.sessionID.utf8.count + $1.query.utf8.count
        }
        byteCount =
            types + sessions + dispatch.inputIDs.count + payloads.count + dispatch.ids.count
            + texts.count
    }

    func write(to sink: inout some ProtobufSink) {
        for type in dispatch.types { sink.text(type) }
        for session in dispatch.sessions {
            sink.text(session.sessionID)
            sink.text(session.query)
        }
        var inputs = Interleaving(dispatch.inputIDs, payloads)
        for place in dispatch.inputIDLengths.indices {
            inputs.write(
                dispatch.inputIDLengths[place], dispatch.inputPayloadLengths[place], to: &sink)
        }
        var tasks = Interleaving(dispatch.ids, texts)
        for row in 0..<dispatch.count {
            let length =
                Self.value(dispatch.descriptionLengths, row)
                + Self.value(dispatch.parameterLengths, row)
                + Self.value(dispatch.checkpointLengths, row)
            tasks.write(dispatch.idLengths[row], length, to: &sink)
        }
    }

    private static func value(_ column: [Int32], _ row: Int) -> Int32 {
        column.isEmpty ? 0 : column[row]
    }
}

/// Ids, and what belongs to each, in turns.
private struct Interleaving {
    private let ids: [UInt8]
    private let parts: UnsafeRawBufferPointer
    private var id = 0
    private var part = 0

    init(_ ids: [UInt8], _ parts: UnsafeRawBufferPointer) {
        self.ids = ids
        self.parts = parts
    }

    mutating func write(
        _ idLength: Int32, _ partLength: Int32, to sink: inout some ProtobufSink
    ) {
        ids.withUnsafeBytes {
            sink.bytes(UnsafeRawBufferPointer(rebasing: $0[id..<id + Int(idLength)]))
        }
        sink.bytes(UnsafeRawBufferPointer(rebasing: parts[part..<part + Int(partLength)]))
        id += Int(idLength)
        part += Int(partLength)
    }
}
