// Puts dispatches into words: the machine's orders are numbers, the worker needs texts and payloads.
// What goes to a worker is cut into messages that it will read; a task whose inputs alone are more
// than that cannot be told to anybody and fails, so that nothing waits for it for ever.

import ScrivenerCore
import ScrivenerModel

/// Expands the machine's orders.
struct DispatchWriter {
    /// How many bytes of texts and payloads a message may hold.
    let maximumBytes: Int
    /// How many inputs a message may hold.
    let maximumInputs: Int

    /// What came of a worker's orders.
    struct Expansion {
        var batches: [DispatchBatch] = []
        /// Attempts that no message can hold, with what theirs would.
        var oversize: [(attempt: AttemptReference, size: Size)] = []
    }

    /// What something takes in a message.
    struct Size {
        var bytes = 0
        var inputs = 0

        static func + (left: Size, right: Size) -> Size {
            Size(bytes: left.bytes + right.bytes, inputs: left.inputs + right.inputs)
        }
    }

    /// Where the bytes lie that the specifications need, in the order in which `expand` takes them.
    /// What no message can hold is not read: it may be more than memory can.
    func handles(of specifications: [DispatchSpecification?]) -> [PayloadHandle] {
        specifications.compactMap(\.self).filter { fits(Self.size(of: $0)) }
            .flatMap { specification in
                [specification.description, specification.parameters]
                    + specification.inputs.map(\.payload)
                    + [specification.checkpoint].compactMap(\.self)
            }
    }

    private func fits(_ size: Size) -> Bool {
        size.bytes <= maximumBytes && size.inputs <= maximumInputs
    }

    /// - Parameter payloads: what the handles name; taken from the front.
    func expand(
        _ orders: OrderList, epoch: Int64, specifications: [DispatchSpecification?],
        payloads: inout ArraySlice<[UInt8]>
    ) -> Expansion {
        var expansion = Expansion()
        var batch = DispatchBatch(epoch: epoch, sessions: [], items: [])
        var batchSize = Size()
        for (order, specification) in zip(orders, specifications) {
            guard let specification else { continue }
            let size = Self.size(of: specification)
            guard fits(size) else {
                expansion.oversize.append((order.attempt, size))
                continue
            }
            let item = Self.item(order, specification, payloads: &payloads)
            if !fits(batchSize + size) {
                expansion.batches.append(batch)
                batch = DispatchBatch(epoch: epoch, sessions: [], items: [])
                batchSize = Size()
            }
            if !batch.sessions.contains(where: { $0.number == specification.session.number }) {
                batch.sessions.append(specification.session)
            }
            batch.items.append(item)
            batchSize = batchSize + size
        }
        if !batch.items.isEmpty { expansion.batches.append(batch) }
        return expansion
    }

    private static func item(
        _ order: DispatchOrder, _ specification: DispatchSpecification,
        payloads: inout ArraySlice<[UInt8]>
    ) -> DispatchItem {
        let description = payloads.popFirst() ?? []
        let parameters = payloads.popFirst() ?? []
        let inputs = specification.inputs.map { input in
            DispatchInput(
                taskID: input.taskID, taskType: input.taskType,
                payload: RawJSON(payloads.popFirst() ?? []))
        }
        let checkpoint = specification.checkpoint == nil ? nil : payloads.popFirst() ?? []
        return DispatchItem(
            attempt: order.attempt, agentIndex: order.agentIndex, timeout: order.timeout,
            progressTimeout: order.progressTimeout, isExclusive: order.isExclusive,
            isAtMostOnce: order.isAtMostOnce, slots: order.slots, checkpoint: checkpoint,
            taskID: specification.taskID,
            taskType: specification.taskType,
            description: String(decoding: description, as: UTF8.self),
            parameters: RawJSON(parameters), inputs: inputs)
    }

    /// What a task takes in a message, with room for the columns' own bytes.
    private static func size(of specification: DispatchSpecification) -> Size {
        let session = specification.session
        let own =
            specification.taskID.utf8.count + specification.taskType.utf8.count
            + Int(specification.description.length) + Int(specification.parameters.length)
            + Int(specification.checkpoint?.length ?? 0)
            + session.sessionID.utf8.count + session.query.utf8.count + 256
        let bytes = specification.inputs.reduce(own) { sum, input in
            sum + input.taskID.utf8.count + input.taskType.utf8.count
                + Int(input.payload.length) + 64
        }
        return Size(bytes: bytes, inputs: specification.inputs.count)
    }
}
