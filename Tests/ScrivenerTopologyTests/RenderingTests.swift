// The files that are made of descriptions: what has to be in them, and what must not.

import ScrivenerModel
import ScrivenerYAML
import Testing

@testable import ScrivenerTopology

/// A cluster with texts that mean something to whoever reads its files.
private let hostile = """
    name: odd
    coordinator:
      host: hub
      bind: tcp://0.0.0.0:7412
      http: {host: 0.0.0.0, port: 7411}
      data: /var/lib/scrivener
      options: {trace_endpoint: 'http://h/$HOME$(PATH)%n"', log_level: "#debug"}
    pools:
      p:
        agents: [echo, research]
        agents_file: agents/x.yaml
        corpus: "/srv/a $b: c"
        replicas: 2
        min: 1
        max: 3
        tags: [a:b]
    hosts: {hub: {address: 10.0.0.1}, other: {address: "fd00::2"}}
    security: {keys: /var/lib/scrivener/keys}
    """

struct RenderingTests {
    private func files(
        _ target: RenderTarget, _ text: String = hostile, build: String? = nil
    ) throws -> [String: String] {
        let context = RenderContext(
            source: "topology/odd.yaml", folder: "../topology", name: "odd.yaml", build: build
        ) { name throws(ScrivenerError) in "# \(name)\n" }
        let files = try Topology.reading(text).rendered(for: target, context)
        return Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.text) })
    }

    private func documents(_ text: String?) throws -> [JSONValue] {
        try (text ?? "").split(separator: "---\n").map {
            try RawJSON(json(fromYAML: Array($0.utf8))).value()
        }
    }

    private func strings(_ value: JSONValue?) -> [String] {
        (value?.arrayValue ?? []).compactMap(\.stringValue)
    }

    @Test(arguments: RenderTarget.allCases)
    func `Every file says that it was rendered, and from what`(target: RenderTarget) throws {
        let files = try files(target)
        #expect(!files.isEmpty)
        for (path, text) in files {
            #expect(text.hasPrefix("\(RenderContext.mark) from topology/odd.yaml"), "\(path)")
            #expect(text.hasSuffix("\n"), "\(path)")
        }
    }

    // MARK: Compose

    @Test func `Compose has a service for the coordinator and for each pool`() throws {
        let compose = try documents(try files(.compose, build: "..")["docker-compose.yml"])[0]
        let coordinator = compose["services"]?["coordinator"]
        let pool = compose["services"]?["p"]
        #expect(compose["name"]?.stringValue == "odd")
        #expect(coordinator?["build"]?["target"]?.stringValue == "coordinator")
        #expect(coordinator?["build"]?["context"]?.stringValue == "..")
        #expect(pool?["build"]?["target"]?.stringValue == "worker")
        #expect(pool?["scale"] == .integer(2))
        #expect(strings(coordinator?["ports"]) == ["127.0.0.1:${SCRIVENER_PORT:-7411}:7411"])
        for service in [coordinator, pool] {
            #expect(service?["read_only"] == .bool(true))
            #expect(service?["init"] == .bool(true))
            #expect(strings(service?["cap_drop"]) == ["ALL"])
            #expect(service?["user"]?.stringValue == "10001:10001")
            #expect(service?["healthcheck"]?["test"] != nil)
            // With one, there could be only one of them.
            #expect(service?["container_name"] == nil)
            #expect(service?["environment"]?["SCRIVENER_TOKEN"] == nil)
        }
        #expect(compose["services"]?["prometheus"]?["profiles"] != nil)
        #expect(compose["services"]?["grafana"]?["profiles"] != nil)
    }

    /// Compose builds side by side, and two builds of one image could meet when they give it its name.
    @Test func `Compose builds each image once`() throws {
        let text = """
            {name: a, coordinator: {bind: "tcp://0.0.0.0:1", http: {host: 0.0.0.0}},
             pools: {p: {}, q: {}}, security: {keys: keys}}
            """
        let file = try files(.compose, text, build: "..")["docker-compose.yml"]
        let services = try documents(file)[0]["services"]
        for builder in ["coordinator", "p"] {
            #expect(services?[builder]?["build"] != nil, "\(builder)")
            #expect(services?[builder]?["pull_policy"] == nil, "\(builder)")
        }
        for other in ["keys", "q"] {
            #expect(services?[other]?["build"] == nil, "\(other)")
            #expect(services?[other]?["pull_policy"]?.stringValue == "never", "\(other)")
        }
    }

    /// What begins with a dollar would be taken for a variable of whoever runs compose.
    @Test func `Nothing of a description is a variable to compose`() throws {
        let compose = try documents(try files(.compose)["docker-compose.yml"])[0]
        let command = strings(compose["services"]?["coordinator"]?["command"])
        #expect(command.contains(#"--trace-endpoint=http://h/$$HOME$$(PATH)%n""#))
        #expect(command.contains("--log-level=#debug"))
        let volumes = compose["services"]?["p"]?["volumes"]?.arrayValue ?? []
        #expect(volumes.contains { $0["source"]?.stringValue == "/srv/a $$b: c" })
    }

    @Test func `Containers of compose get the keys that they need, and no others`() throws {
        let compose = try documents(try files(.compose)["docker-compose.yml"])[0]
        let services = compose["services"]
        let volumes = strings(services?["coordinator"]?["volumes"])
        #expect(volumes.contains("keys:/etc/scrivener/keys"))
        let pool = services?["p"]?["volumes"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(pool == ["pool-p:/run/scrivener:ro"])
        #expect(services?["keys"]?["network_mode"]?.stringValue == "none")
        let command = strings(services?["p"]?["command"])
        #expect(command.contains("--coordinator-key=/run/scrivener/coordinator.public"))
        #expect(command.contains("--pool-token=/run/scrivener/pool-token"))
        let open = try documents(
            try files(
                .compose,
                """
                {name: a, coordinator: {bind: "tcp://0.0.0.0:1", http: {host: 0.0.0.0}},
                 pools: {p: {}}, security: {insecure: true}}
                """)["docker-compose.yml"])[0]
        #expect(open["services"]?["keys"] == nil)
        let openly = strings(open["services"]?["coordinator"]?["command"])
        #expect(openly.contains("--insecure"))
    }

    // MARK: Kubernetes

    @Test func `Kubernetes gets the coordinator's figure for each pool`() throws {
        let files = try files(.kubernetes)
        let pool = try documents(files["pool-p.yaml"])
        #expect(
            pool.map { $0["kind"]?.stringValue }
                == ["Deployment", "PodDisruptionBudget", "HorizontalPodAutoscaler"])
        let metric = pool[2]["spec"]?["metrics"]?.arrayValue?[0]["external"]
        #expect(metric?["metric"]?["name"]?.stringValue == "scrivener_pool_desired_workers")
        #expect(metric?["metric"]?["selector"]?["matchLabels"]?["pool"]?.stringValue == "p")
        #expect(metric?["target"]?["averageValue"]?.stringValue == "1")
        #expect(pool[2]["spec"]?["maxReplicas"] == .integer(3))
        #expect(pool[0]["spec"]?["replicas"] == nil, "two would be in charge of it")
    }

    @Test func `What is in a folder of Kubernetes is in its kustomization`() throws {
        let files = try files(.kubernetes)
        let all = try documents(files["kustomization.yaml"])[0]
        let generated = strings(all["configMapGenerator"]?.arrayValue?[0]["files"])
        #expect(generated == ["topology.yaml=topology.yaml", "agents-x.yaml=agents/x.yaml"])
        #expect(
            Set(
                strings(all["resources"]) + [
                    "kustomization.yaml", "topology.yaml", "agents/x.yaml",
                ])
                == Set(files.keys))
        #expect(all["namespace"]?.stringValue == "odd")
    }

    @Test func `Pods have no rights, and write nowhere`() throws {
        let files = try files(.kubernetes)
        let coordinator = try documents(files["coordinator.yaml"])[1]
        let pool = try documents(files["pool-p.yaml"])[0]
        for workload in [coordinator, pool] {
            let pod = workload["spec"]?["template"]?["spec"]
            #expect(pod?["automountServiceAccountToken"] == .bool(false))
            #expect(pod?["securityContext"]?["runAsNonRoot"] == .bool(true))
            let container = pod?["containers"]?.arrayValue?[0]
            #expect(container?["securityContext"]?["readOnlyRootFilesystem"] == .bool(true))
            #expect(
                container?["securityContext"]?["allowPrivilegeEscalation"] == .bool(false))
        }
        let arguments = strings(
            coordinator["spec"]?["template"]?["spec"]?["containers"]?.arrayValue?[0]["args"])
        #expect(arguments.contains(#"--trace-endpoint=http://h/$HOME$$(PATH)%n""#))
    }

    @Test func `Nothing of a key is in any file`() throws {
        for (path, text) in try files(.kubernetes) {
            #expect(!text.contains("kind: Secret"), "\(path)")
        }
    }

    // MARK: systemd

    @Test func `Each host has a folder with its own settings`() throws {
        let files = try files(.systemd)
        #expect(
            files.keys.sorted() == [
                "hub/agents/x.yaml", "hub/coordinator.yaml", "hub/topology.yaml",
                "hub/workers/p-1.yaml", "other/agents/x.yaml", "other/workers/p-1.yaml",
                "scrivener-coordinator.service", "scrivener-worker@.service", "scrivener.sysusers",
            ])
        let worker = try documents(files["other/workers/p-1.yaml"])[0]
        #expect(worker["coordinator"]?.stringValue == "tcp://10.0.0.1:7412")
        #expect(worker["pool"]?.stringValue == "p")
        #expect(worker["id"]?.stringValue == "other-1")
        #expect(worker["tag"] == .array([.string("a:b")]))
        #expect(worker["agents_file"]?.stringValue == "/etc/scrivener/agents/x.yaml")
        let coordinator = try documents(files["hub/coordinator.yaml"])[0]
        #expect(coordinator["keys"]?.stringValue == "/var/lib/scrivener/keys")
        #expect(coordinator["trace_endpoint"]?.stringValue == #"http://h/$HOME$(PATH)%n""#)
        // What it learns of replicas it writes beside its keys.
        let unit = files["scrivener-coordinator.service"]
        #expect(unit?.contains("StateDirectory=scrivener scrivener/keys\n") == true)
        #expect(files["scrivener-worker@.service"]?.contains("LoadCredential=pool-token:") == true)
    }

    // MARK: What cannot be

    @Test(
        arguments: [
            (
                RenderTarget.compose, "{name: a, pools: {p: {}}}",
                ["/coordinator/bind", "/coordinator/http/host"]
            ),
            (
                RenderTarget.systemd,
                "{name: a, coordinator: {data: here}, pools: {p: {corpus: c}}, security: {keys: k}}",
                ["/pools/p/corpus", "/coordinator/host", "/coordinator/data", "/security/keys"]
            ),
            (
                RenderTarget.kubernetes,
                """
                {name: a, coordinator: {bind: "tcp://0.0.0.0:1", http: {host: 0.0.0.0}},
                 pools: {p: {agents_file: ../x.yaml}}, security: {keys: k}}
                """, ["/pools/p/agents_file"]
            ),
        ])
    func `What could not run there is refused, with every reason`(
        target: RenderTarget, text: String, places: [String]
    ) throws {
        let error = #expect(throws: ScrivenerError.self) { try files(target, text) }
        #expect(error?.mistakes.map(\.path) == places)
    }
}
