// Which replica runs where, and how it finds its coordinator.

import ScrivenerModel
import Testing

@testable import ScrivenerTopology

struct PlacementTests {
    private static let text = """
        name: a
        coordinator: {host: hub, bind: "tcp://0.0.0.0:7412", http: {port: 80}}
        pools:
          p: {agents: [echo], replicas: 3, hosts: [h1, h2]}
          q: {agents: [echo], replicas: 2}
        hosts: {hub: {address: "fd00::1"}, h1: {address: one}, h2: {address: two}}
        security: {keys: keys}
        """

    @Test func `Replicas go to the hosts of their pool in turn`() throws {
        let topology = try Topology.reading(Self.text)
        #expect(
            topology.placedReplicas.map { "\($0.pool.name) \($0.host) \($0.id)" } == [
                "p h1 h1-1", "p h2 h2-1", "p h1 h1-2", "q hub hub-1", "q h1 h1-1",
            ])
    }

    @Test func `Workers dial the address of the coordinator's host`() throws {
        let topology = try Topology.reading(Self.text)
        #expect(topology.reachableEndpoint == "tcp://[fd00::1]:7412")
    }

    /// Requests that are addressed to a name which it does not know are refused.
    @Test func `The coordinator knows the name of its host`() throws {
        let named = try Topology.reading(
            """
            name: a
            coordinator: {host: hub, http: {host: 0.0.0.0}, options: {allowed_host: [other]}}
            pools: {p: {}}
            hosts: {hub: {address: hub.example}}
            security: {keys: keys}
            """)
        let coordinator = named.processes(describedBy: "/etc/a/t.yaml").arrayValue?.first
        let arguments = coordinator?["arguments"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(arguments.contains("--allowed-host=other"))
        #expect(arguments.contains("--allowed-host=hub.example"))
        let onLoopback = try Topology.reading(Self.text)
        #expect(onLoopback.reachableNames == [])
    }

    /// Whoever starts a cluster by hand, or by a tool of their own, takes the command lines from here.
    @Test func `What runs on which host is told, with its arguments`() throws {
        let processes = try Topology.reading(Self.text).processes(describedBy: "/etc/a/t.yaml")
        let coordinator = try #require(processes.arrayValue?.first)
        #expect(coordinator["host"]?.stringValue == "hub")
        #expect(coordinator["program"]?.stringValue == "scrivener-coordinator")
        let arguments = coordinator["arguments"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(
            arguments == [
                "--data=/etc/a/scrivener-data", "--bind=tcp://0.0.0.0:7412",
                "--http-host=127.0.0.1", "--http-port=80", "--topology=/etc/a/t.yaml",
                "--keys=/etc/a/keys",
            ])
        let worker = try #require(processes.arrayValue?[1])
        #expect(worker["name"]?.stringValue == "p/h1-1")
        let options = worker["arguments"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(options.contains("--coordinator-key=/etc/a/keys/coordinator.public"))
        #expect(options.contains("--pool-token=/etc/a/keys/p.token"))
        #expect(options.contains("--id=h1-1"))
    }
}
