// Puts dispatches into words: the machine's orders are numbers, the worker needs texts and payloads.
// What goes to a worker is cut into messages that it will read; a task whose inputs alone are more
// than that cannot be told to anybody and fails, so that nothing waits for it for ever.

import ScrivenerCore
import ScrivenerModel

/// Expands the machine's orders.
struct DispatchWriter {
    /// How many bytes of texts and payloads a message may hold.
    let maximumBytes: Int

    /// What came of a worker's orders.
    struct Expansion {
        var batches: [DispatchBatch] = []
        /// Attempts that no message can hold, with their size in bytes.
        var oversize: [(attempt: AttemptReference, bytes: Int)] = []
    }

    /// Where the bytes lie that the specifications need, in the order in which `expand` takes them.
    static func handles(of specifications: [DispatchSpecification?]) -> [PayloadHandle] {
        specifications.compactMap(\.self).flatMap { specification in
            [specification.description, specification.parameters]
                + specification.inputs.map(\.payload)
        }
    }

    /// - Parameter payloads: what the handles name; taken from the front.
    func expand(
        _ orders: [DispatchOrder], epoch: Int64, specifications: [DispatchSpecification?],
        payloads: inout ArraySlice<[UInt8]>
    ) -> Expansion {
        var expansion = Expansion()
        var batch = DispatchBatch(epoch: epoch, sessions: [], items: [])
        var batchBytes = 0
        for (order, specification) in zip(orders, specifications) {
            guard let specification else { continue }
            let item = Self.item(order, specification, payloads: &payloads)
            let bytes = Self.size(of: item, in: specification.session)
            guard bytes <= maximumBytes else {
                expansion.oversize.append((order.attempt, bytes))
                continue
            }
            if batchBytes + bytes > maximumBytes {
                expansion.batches.append(batch)
                batch = DispatchBatch(epoch: epoch, sessions: [], items: [])
                batchBytes = 0
            }
            if !batch.sessions.contains(where: { $0.number == specification.session.number }) {
                batch.sessions.append(specification.session)
            }
            batch.items.append(item)
            batchBytes += bytes
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
        return DispatchItem(
            attempt: order.attempt, agentIndex: order.agentIndex, timeout: order.timeout,
            taskID: specification.taskID, taskType: specification.taskType,
            description: String(decoding: description, as: UTF8.self),
            parameters: RawJSON(parameters), inputs: inputs)
    }

    /// What an item takes in a message, with room for the columns' own bytes.
    private static func size(of item: DispatchItem, in session: DispatchSession) -> Int {
        let own =
            item.taskID.utf8.count + item.taskType.utf8.count + item.description.utf8.count
            + item.parameters.bytes.count + session.sessionID.utf8.count
            + session.query.utf8.count + 256
        return item.inputs.reduce(own) { sum, input in
            sum + input.taskID.utf8.count + input.taskType.utf8.count + input.payload.bytes.count
                + 64
        }
    }
}
