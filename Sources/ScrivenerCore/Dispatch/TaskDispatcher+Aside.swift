// Tasks that go out of turn: what waits for a faster slot is set aside, and a slow one takes the
// last.

import ScrivenerModel

extension TaskDispatcher {
    /// Takes the first task of the session whose turn it is, without charging for it.
    mutating func setAside(_ demand: Int32) -> (session: Int64, task: TaskPriority)? {
        guard let lane = lane(demand), let first = queues[Int(demand)][lane].tasks.min else {
            return nil
        }
        let session = queues[Int(demand)][lane].session
        removeFirst(of: lane, demand: demand)
        return (session, first)
    }

    /// Puts a task back that was set aside.
    mutating func putBack(
        _ task: TaskPriority, session: Int64, weight: Int, demand: Int32
    ) {
        insert(task, session: session, weight: weight, demand: demand)
    }

    /// The last task of the session whose turn it is, and how many it has waiting for the demand.
    mutating func lastTask(_ demand: Int32) -> (task: TaskPriority, count: Int)? {
        guard let lane = lane(demand), let last = queues[Int(demand)][lane].tasks.largest() else {
            return nil
        }
        return (last, queues[Int(demand)][lane].tasks.count)
    }

    /// Takes the last task of the session whose turn it is, which is charged for it.
    mutating func takeLastTask(_ demand: Int32, cost: TimeSpan) {
        guard let lane = lane(demand), queues[Int(demand)][lane].tasks.popMax() != nil else {
            return
        }
        queuedCount -= 1
        share.charge(queues[Int(demand)][lane].session, cost: cost)
        leaveIfEmpty(lane, demand)
        noteFront(demand)
    }
}
