// Puts dispatches into words: the machine's orders are numbers, the worker needs texts and payloads.
// What goes to a worker is cut into messages that it will read; a task whose inputs alone are more
// than that cannot be told to anybody and fails, so that nothing waits for it for ever.

package import ScrivenerCore
package import ScrivenerModel
package import ScrivenerStore
import ScrivenerWire

/// What a worker is to be told once the batch is on disk.
package struct SealedDispatch {
    /// Each becomes a message.
    package var drafts: [DispatchDraft] = []
    /// Attempts that no message can hold, with what theirs would take.
    package var oversize: [(attempt: AttemptReference, size: DispatchDraft.Size)] = []
}

/// Expands the machine's orders.
package struct DispatchWriter {
    private let limits: DispatchDraft.Limits

    /// - Parameter limits: what a message may hold.
    package init(limits: DispatchDraft.Limits) { self.limits = limits }

    /// Writes down what attempts are to be told; those that are over already are left out.
    package func draft(_ orders: OrderList, of core: inout OrchestratorCore) -> SealedDispatch {
        var sealed = SealedDispatch()
        var draft = DispatchDraft()
        draft.reserveCapacity(orders.count)
        orders.forEach { order in
            var addition = core.add(order, to: &draft, limits)
            if addition == .full {
                sealed.drafts.append(draft)
                draft = DispatchDraft()
                addition = core.add(order, to: &draft, limits)
            }
            if case .oversize(let size) = addition {
                sealed.oversize.append((order.attempt, size))
            }
        }
        if !draft.isEmpty { sealed.drafts.append(draft) }
        return sealed
    }

    /// Why an attempt that no message can hold failed.
    package func failure(of size: DispatchDraft.Size) -> AgentFailure {
        AgentFailure(
            .invalidInput, code: "inputs_too_large",
            message: "the task's parameters and \(size.inputs) inputs have \(size.bytes) bytes; "
                + "the limit is \(limits.inputs) inputs and \(limits.bytes) bytes")
    }

    /// Where the bytes lie that the messages need, in the order in which `message` takes them. What
    /// no message can hold is not read: it may be more than memory can.
    package func handles(of dispatches: [SealedDispatch]) -> [PayloadHandle] {
        dispatches.flatMap { dispatch in
            dispatch.drafts.flatMap { $0.inputPayloads + $0.taskPayloads }
        }
    }

    /// - Parameter payloads: what the handles name; taken from the front.
    package func message(
        _ draft: DispatchDraft, epoch: Int64, payloads: inout PayloadReader
    ) -> [UInt8] {
        payloads.take(draft.inputPayloads, draft.taskPayloads) { inputs, tasks in
            WireCodec.encode(draft.columns, epoch: epoch, inputs: inputs, tasks: tasks)
        }
    }
}

/// Deals out the bytes that were read for a batch, in order.
package struct PayloadReader {
    private let bytes: [UInt8]
    private var position = 0

    package init(_ payloads: PayloadBytes) { bytes = payloads.bytes }

    /// Lends the next bytes: so many as two lists of handles name.
    mutating func take<Result>(
        _ first: [PayloadHandle], _ second: [PayloadHandle],
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Result
    ) -> Result {
        let middle = first.reduce(position) { $0 + Int($1.length) }
        let end = second.reduce(middle) { $0 + Int($1.length) }
        defer { position = end }
        return bytes.withUnsafeBytes { bytes in
            body(
                UnsafeRawBufferPointer(rebasing: bytes[position..<middle]),
                UnsafeRawBufferPointer(rebasing: bytes[middle..<end]))
        }
    }
}
