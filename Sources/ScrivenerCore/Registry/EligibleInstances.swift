// Who may execute what a demand asks for: kept up to date as instances come and go, so that no
// dispatch looks for them.

/// Instances that satisfy a demand.
struct EligibleInstances: Sendable, Equatable {
    /// Those that are wanted, in the order in which they came into service.
    var wanted: [Int32] = []
    /// Those that may stand in for them, best rank first, then by the order of coming.
    var standIns: [(rank: Int32, instance: Int32)] = []

    static func == (left: EligibleInstances, right: EligibleInstances) -> Bool {
        left.wanted == right.wanted
            && left.standIns.elementsEqual(right.standIns) { $0 == $1 }
    }

    var all: [Int32] { wanted + standIns.map(\.instance) }
    var isEmpty: Bool { wanted.isEmpty && standIns.isEmpty }

    mutating func add(_ instance: Int32, rank: Int32) {
        guard rank > 0 else { return wanted.append(instance) }
        let place = standIns.firstIndex { $0.rank > rank } ?? standIns.count
        standIns.insert((rank, instance), at: place)
    }

    mutating func remove(_ instance: Int32) {
        wanted.removeAll { $0 == instance }
        standIns.removeAll { $0.instance == instance }
    }
}
