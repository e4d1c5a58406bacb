// What can be asked of the registry of single workers and instances.

import ScrivenerModel

extension EnhancedAgentRegistry {
    /// The instance of a worker that has an agent, if it is registered.
    @inline(always)
    func instance(worker: Int32, agent: Int32) -> Int32? {
        for place in workers[Int(worker)].instances.indices {
            let instance = workers[Int(worker)].instances[place]
            if instances[Int(instance)].agent == agent { return instance }
        }
        return nil
    }

    func held(_ attempt: AttemptReference, worker: Int32) -> AssignedAttempt? {
        workers[Int(worker)].held[attempt]
    }

    /// Whether an instance is kept free by a worker that takes work.
    func isKept(_ instance: Int32, by worker: Int32) -> Bool {
        let state = workers[Int(worker)]
        return state.isKept && state.takesWork && state.instances.contains(instance)
            && instances[Int(instance)].isAble
    }

    /// Whether it takes work: anybody's, or that of those for whom it is kept free.
    func isInService(_ instance: Int32) -> Bool {
        instances[Int(instance)].isListed
            || isKept(instance, by: instances[Int(instance)].worker)
    }

    /// How well an instance fits a demand; `nil` when it can never execute it. What its worker has
    /// of each resource counts, what is left of it does not.
    func rank(of instance: Int32, for demand: Demand) -> Int32? {
        let instance = instances[Int(instance)]
        let resources = workers[Int(instance.worker)].resources
        let suffices = demand.resources.allSatisfy { wanted in
            resources.contains { $0.name == wanted.name && $0.total >= wanted.amount }
        }
        return suffices ? demand.rank(of: instance.offer) : nil
    }
}
