// What workers have besides slots, and whether there is enough of it.

import ScrivenerModel

extension EnhancedAgentRegistry {
    /// What a reservation of these amounts takes of a worker; `nil` when it has too little left.
    ///
    /// - Parameter memory: what is expected to be taken of its memory, in MiB, where the demand says
    ///   nothing of it; held against what the worker has at most, so that a task may be alone.
    func reservation(_ demand: Int32, memory: Int64, worker: Int32) -> [ReservedResource]? {
        if workers[Int(worker)].resources.isEmpty {
            return demands[Int(demand)].resources.isEmpty ? [] : nil
        }
        let resources = workers[Int(worker)].resources
        let taken = amounts(demands[Int(demand)], memory: memory, of: resources)
        let fits = taken.allSatisfy {
            resources[Int($0.place)].used + $0.amount <= resources[Int($0.place)].total
        }
        return fits ? taken : nil
    }

    /// What a reservation takes of a worker that has nothing but slots: nothing, or the demand asks
    /// for more. `nil` of other workers.
    ///
    /// `mutating`, though nothing is changed: so that it is certain that nothing is copied.
    @inline(always)
    mutating func fitsSlotsAlone(_ demand: Int32, worker: Int32) -> Bool? {
        guard workers[Int(worker)].resources.isEmpty else { return nil }
        return demands[Int(demand)].resources.isEmpty
    }

    /// What an attempt takes that its worker runs already: no more than is left.
    func adoption(_ demand: Demand, memory: Int64, worker: Int32) -> [ReservedResource] {
        let resources = workers[Int(worker)].resources
        return amounts(demand, memory: memory, of: resources).map { taken in
            let resource = resources[Int(taken.place)]
            return ReservedResource(
                place: taken.place, amount: min(taken.amount, resource.total - resource.used))
        }
    }

    private func amounts(
        _ demand: Demand, memory: Int64, of resources: [WorkerResource]
    ) -> [ReservedResource] {
        resources.enumerated().compactMap { place, resource in
            var amount = demand.resources.first { $0.name == resource.name }?.amount ?? 0
            if amount == 0, resource.name == ResourceAmount.memoryName {
                amount = min(memory, resource.total)
            }
            return amount > 0 ? ReservedResource(place: Int32(place), amount: amount) : nil
        }
    }
}
