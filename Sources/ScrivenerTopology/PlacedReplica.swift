// Which replica runs on which host: in turn, over the hosts of its pool, or over all hosts where it has none.

/// A replica of a pool on a host.
package struct PlacedReplica: Sendable, Equatable {
    package var pool: Topology.Pool
    package var host: String
    /// Counts the pool's replicas on the host, from 1.
    package var number: Int

    /// Its name within the pool, which no other host gives.
    package var id: String { "\(host)-\(number)" }
}

extension Topology {
    /// The replicas that there are at the start, on their hosts; none where no hosts are described.
    package var placedReplicas: [PlacedReplica] {
        pools.flatMap { pool in
            let names = pool.hosts.isEmpty ? hosts.map(\.name) : pool.hosts
            return names.isEmpty
                ? []
                : (0..<pool.replicas).map { index in
                    PlacedReplica(
                        pool: pool, host: names[index % names.count],
                        number: index / names.count + 1)
                }
        }
    }

    /// Where workers on other hosts reach the coordinator.
    package var reachableEndpoint: String {
        let address = coordinator.host.flatMap { self.address(of: $0) } ?? coordinator.bind.host
        return Endpoint(host: address, port: coordinator.bind.port).tcp
    }

    /// Names by which other hosts reach the coordinator over HTTP; addresses are always good.
    package var reachableNames: [String] {
        guard !coordinator.http.isLoopback,
            let address = coordinator.host.flatMap({ self.address(of: $0) }),
            address.contains(where: \.isLetter), !address.contains(":")
        else { return [] }
        return [address]
    }
}
