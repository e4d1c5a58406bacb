// How much a description may hold. `docs/topology.md` lists it, and so does the schema, which a test holds
// against this.

import ScrivenerModel

enum TopologyLimits {
    static let fileBytes = 1 << 18
    /// Names become those of services, of units and of objects in Kubernetes.
    static let nameLength = 1...40
    static let pools = 1...64
    static let hosts = 0...256
    static let agents = 64
    static let tags = 32
    static let resources = 16
    static let replicas = 0...256
    static let maximum = 1...256
    static let slots = 1...10_000
    static let amount = 1...1_000_000_000
    static let port = 1...65_535
    /// The two ports after it are those of enrolment and of a new key.
    static let bindPort = 1...65_533
    static let targetQueueWait = TimeSpan.seconds(1)...TimeSpan.seconds(86_400)
    static let startTime = TimeSpan.zero...TimeSpan.seconds(3_600)
    static let textBytes = 1...4_096
    static let mistakes = 100

    /// Names of what stands beside the pools, so that none is one of theirs.
    static let reservedPools = ["coordinator", "grafana", "keys", "prometheus", "worker"]
}
