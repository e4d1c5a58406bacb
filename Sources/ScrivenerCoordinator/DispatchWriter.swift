// Puts dispatches into words: the machine's orders are numbers, the worker needs texts and payloads.

import ScrivenerCore
import ScrivenerModel

/// Expands the machine's orders.
enum DispatchWriter {
    /// Where the bytes lie that the specifications need, in the order in which `batch` takes them.
    static func handles(of specifications: [DispatchSpecification?]) -> [PayloadHandle] {
        specifications.compactMap(\.self).flatMap { specification in
            [specification.description, specification.parameters]
                + specification.inputs.map(\.payload)
        }
    }

    /// - Parameter payloads: what the handles name; taken from the front.
    static func batch(
        epoch: Int64, orders: [DispatchOrder], specifications: [DispatchSpecification?],
        payloads: inout ArraySlice<[UInt8]>
    ) -> DispatchBatch {
        var batch = DispatchBatch(epoch: epoch, sessions: [], items: [])
        for (order, specification) in zip(orders, specifications) {
            guard let specification else { continue }
            if !batch.sessions.contains(where: { $0.number == specification.session.number }) {
                batch.sessions.append(specification.session)
            }
            let description = payloads.popFirst() ?? []
            let parameters = payloads.popFirst() ?? []
            let inputs = specification.inputs.map { input in
                DispatchInput(
                    taskID: input.taskID, taskType: input.taskType,
                    payload: RawJSON(payloads.popFirst() ?? []))
            }
            batch.items.append(
                DispatchItem(
                    attempt: order.attempt, agentIndex: order.agentIndex, timeout: order.timeout,
                    taskID: specification.taskID, taskType: specification.taskType,
                    description: String(decoding: description, as: UTF8.self),
                    parameters: RawJSON(parameters), inputs: inputs))
        }
        return batch
    }
}
