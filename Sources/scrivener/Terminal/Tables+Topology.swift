// What a description comes to, for people.

import ScrivenerModel
import ScrivenerTopology

extension Tables {
    static func topology(_ topology: Topology, columns: Int?) -> String {
        let coordinator = topology.coordinator
        var facts = FactList()
        facts.add("name", topology.name)
        facts.add("coordinator", coordinator.host)
        facts.add("workers connect to", topology.reachableEndpoint)
        facts.add("http", "\(coordinator.http.host):\(coordinator.http.port)")
        facts.add("data", coordinator.data)
        facts.add("options", coordinator.options.arguments.joined(separator: " "))
        switch topology.security {
        case .loopback: facts.add("security", "none needed: on loopback")
        case .keys(let folder): facts.add("security", "keys in \(folder)")
        case .insecure: facts.add("security", "none: whoever reaches the ports can use them")
        }
        for host in topology.hosts { facts.add("host \(host.name)", host.address) }
        var table = TableRenderer(columns: [
            .init(title: "POOL"), .init(title: "AGENTS", isFlexible: true),
            .init(title: "SLOTS", isRightAligned: true),
            .init(title: "WORKERS", isRightAligned: true), .init(title: "MIN–MAX"),
            .init(title: "WAIT", isRightAligned: true), .init(title: "START", isRightAligned: true),
            .init(title: "HAS", isFlexible: true), .init(title: "HOSTS", isFlexible: true),
        ])
        for pool in topology.pools {
            let has = pool.tags + pool.resources.map { "\($0.name)=\($0.amount)" }
            table.add([
                pool.name, pool.offers.map(\.name).joined(separator: ", "), "\(pool.slots)",
                "\(pool.replicas)", "\(pool.minimum)–\(pool.maximum)",
                Readable.seconds(pool.targetQueueWait.seconds),
                Readable.seconds(pool.startTime.seconds), has.joined(separator: ", "),
                pool.hosts.isEmpty ? "any" : pool.hosts.joined(separator: ", "),
            ])
        }
        return facts.rendered() + "\n" + table.rendered(width: columns)
    }
}
