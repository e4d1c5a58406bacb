// A cluster, described once. One file says what runs where; from it come local processes
// (`scrivener cluster up`), files for compose, Kubernetes and systemd (`scrivener topology render`), the pools
// that a coordinator knows of, and the workers of a simulated world.

package import ScrivenerModel

/// A description of a cluster that was found to be sound. `docs/topology.md` explains every field.
package struct Topology: Sendable, Equatable {
    package var name: String
    package var coordinator: Coordinator
    /// In the order of the file.
    package var pools: [Pool]
    package var hosts: [Host]
    package var security: Security

    /// A machine by its name in the file.
    package struct Host: Sendable, Equatable {
        package var name: String
        /// What others reach it by: an address or a name of the network.
        package var address: String
    }

    package struct Coordinator: Sendable, Equatable {
        /// One of `hosts`; any when absent.
        package var host: String?
        package var bind: Endpoint
        package var http: Endpoint
        /// The folder of the journal.
        package var data: String
        package var options: [TopologyOption]
    }

    /// Replicas of one worker.
    package struct Pool: Sendable, Equatable {
        package var name: String
        /// The built-in ones, in the order of the file; absent where the worker's own choice holds.
        package var agents: [String]?
        /// What they and those of a file are called and can do.
        package var offers: [Offer]
        /// The file of agents of one's own, and the folder of documents, as the file has them.
        package var agentsFile: String?
        package var corpus: String?
        package var slots: Int
        /// How many there are at the start.
        package var replicas: Int
        package var minimum: Int
        package var maximum: Int
        package var targetQueueWait: TimeSpan
        package var startTime: TimeSpan
        package var tags: [String]
        package var resources: [ResourceAmount]
        /// Names of hosts; empty where any will do.
        package var hosts: [String]
        package var options: [TopologyOption]
    }

    /// An agent of a pool.
    package struct Offer: Sendable, Equatable {
        package var name: String
        package var capabilities: [String]
        /// Beside those of the pool.
        package var tags: [String] = []
    }

    package enum Security: Sendable, Equatable {
        /// Nobody else can reach it.
        case loopback
        /// The folder of the coordinator's keys, as the file has it.
        case keys(String)
        case insecure
    }

    /// Where something listens.
    package struct Endpoint: Sendable, Equatable {
        package var host: String
        package var port: Int

        package init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// As ZeroMQ writes it.
        package var tcp: String {
            let isBare = host.contains(":") && !host.hasPrefix("[")
            return "tcp://\(isBare ? "[\(host)]" : host):\(port)"
        }

        /// Whether nobody else can reach it.
        package var isLoopback: Bool {
            if host == "localhost" || host == "::1" || host == "[::1]" { return true }
            // Numbers all: 127.example.com is a name, and names may stand for any address.
            let parts = host.split(separator: ".", omittingEmptySubsequences: false)
            return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
        }
    }

    /// The ports that workers connect to. With keys the one after that of `bind` is for replicas that have none
    /// yet, and the second for all while the coordinator's key is being changed.
    package var workerPorts: [(name: String, port: Int)] {
        let port = coordinator.bind.port
        guard case .keys = security else { return [("workers", port)] }
        return [("workers", port), ("enrolment", port + 1), ("rotation", port + 2)]
    }

    /// The address of a host of the file.
    package func address(of host: String) -> String? {
        hosts.first { $0.name == host }?.address
    }
}

extension Topology.Pool {
    /// Whether the number of its workers may change.
    package var isElastic: Bool { minimum < maximum }

    /// What the coordinator has to know of the pool before any of its workers is there.
    package var specification: PoolSpecification {
        PoolSpecification(
            name: name, minimum: minimum, maximum: maximum, slots: slots,
            agents: offers.map(\.name),
            capabilities: distinct(offers.flatMap(\.capabilities)),
            tags: distinct(tags + offers.flatMap(\.tags)), resources: resources,
            targetQueueWait: targetQueueWait, startTime: startTime)
    }

    private func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }
}
