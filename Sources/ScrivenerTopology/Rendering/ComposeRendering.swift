// A cluster as a file for Docker Compose.
//
// Keys: nothing of them is in an image, in the environment, on a command line or in the source tree. A service
// that runs once and before the others makes those that are missing, into volumes: one with all of them, for
// the coordinator, and one with what its pool needs for each of the pools. (Secrets of compose are files of
// the host: somebody has to make them before, their owner is the host's, and a container that runs does not see
// them replaced.)

import ScrivenerModel

struct ComposeRendering {
    static let file = "docker-compose.yml"
    /// What the coordinator is called in the network.
    static let coordinator = "coordinator"
    /// By this name Prometheus finds the workers of all pools.
    static let workers = "worker"

    let topology: Topology
    let context: RenderContext

    func files() throws(ScrivenerError) -> [RenderedFile] {
        let header = context.header(
            .compose, "docker/README.md tells how to use it: keys, tokens, scaling, restarts.")
        return [RenderedFile(path: Self.file, text: header + document.rendered)]
    }

    private var document: YAMLNode {
        let pools = topology.pools.map { YAMLNode.Member(key: $0.name, value: worker(of: $0)) }
        return [
            "name": .text(topology.name),
            "services": ["keys": keyMaker, Self.coordinator: coordinator] + .map(pools)
                + ["prometheus": prometheus, "grafana": grafana],
            "volumes": volumes, "configs": configs,
        ]
    }

    // MARK: What services have

    /// - Parameter isBuilder: whether the image is built for this service. Others that have it take it as it is: builds
    ///   of one image run side by side, and an engine with containerd's store refuses the second of its name.
    private func program(_ image: String, isBuilder: Bool = true) -> YAMLNode {
        let name: YAMLNode = ["image": "scrivener-\(image):${SCRIVENER_TAG:-latest}"]
        guard let folder = context.build else { return name }
        guard isBuilder else { return name + ["pull_policy": "never"] }
        let build: YAMLNode = [
            "context": .text(folder), "dockerfile": "docker/Dockerfile", "target": .text(image),
        ]
        return name + ["build": build]
    }

    private func service(
        _ image: String, isBuilder: Bool = true, _ options: [TopologyOption]
    ) -> YAMLNode {
        program(image, isBuilder: isBuilder) + [
            "command": .texts(options.arguments.map(Self.escaped)),
            "user": "\(ContainerPlace.user):\(ContainerPlace.user)", "init": true,
            "restart": "unless-stopped",
        ] + Self.confined
    }

    private static let confined: YAMLNode = [
        "read_only": true, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"],
    ]

    /// Asks with the program that the images have for it.
    private static func healthcheck(port: Int, startSeconds: Int) -> YAMLNode {
        [
            "test": ["CMD", "healthcheck", .text("\(port)"), "/readyz"], "interval": "5s",
            "timeout": "5s", "retries": 3, "start_period": "\(startSeconds)s",
        ]
    }

    private static func bind(_ source: String, _ target: String) -> YAMLNode {
        [
            "type": "bind", "source": .text(escaped(source)), "target": .text(target),
            "read_only": true, "bind": ["create_host_path": false],
        ]
    }

    /// Compose puts variables in the place of what begins with a dollar.
    private static func escaped(_ text: String) -> String { text.replacing("$", with: "$$") }

    // MARK: Keys

    /// Of Debian and of Prometheus's image.
    private static let nobody = 65_534

    private var keyMaker: YAMLNode {
        guard topology.hasKeys else { return nil }
        let user = ContainerPlace.user
        let script = """
            umask 077
            test -e /keys/coordinator.secret || scrivener keys init --keys /keys
            for pool in /pools/*; do
              test -e "$pool/pool-token" ||
                scrivener keys pool-token "${pool#/pools/}" --keys /keys --output "$pool/pool-token"
              cp /keys/coordinator.public "$pool/"
            done
            test -e /metrics/token || {
              scrivener keys revoke metrics --kind api-token --keys /keys >/dev/null 2>&1 || true
              scrivener keys api-token metrics --scope read --keys /keys --output /metrics/token
            }
            chown -R \(user):\(user) /keys /pools/*
            chown -R \(Self.nobody):\(Self.nobody) /metrics

            """
        let pools = topology.pools.map { "\(Self.volume(of: $0)):/pools/\($0.name)" }
        return [YAMLNode.comment: "Makes the keys and tokens that are missing, and ends."]
            + program(Self.coordinator, isBuilder: false) + [
                "entrypoint": ["/bin/sh", "-euc"], "command": [.text(Self.escaped(script))],
                "user": "0:0", "network_mode": "none",
                "volumes": .texts(["keys:/keys"] + pools + ["metrics-token:/metrics"]),
            ] + Self.confined + ["cap_add": ["CHOWN", "DAC_OVERRIDE"]]
    }

    private static func volume(of pool: Topology.Pool) -> String { "pool-\(pool.name)" }

    private var afterKeys: YAMLNode {
        topology.hasKeys ? ["keys": ["condition": "service_completed_successfully"]] : nil
    }

    // MARK: The programs

    private var coordinator: YAMLNode {
        let keys = ContainerPlace.configuration + "/keys"
        let file = "\(ContainerPlace.configuration)/topology.yaml"
        let port = topology.coordinator.http.port
        let options = topology.containedCoordinator(
            keys: keys, allowedHosts: [Self.coordinator], topology: file)
        return service(Self.coordinator, options) + [
            YAMLNode.comment: "Beyond this machine with TLS, or behind a proxy: docs/access.md.",
            "ports": [.text("127.0.0.1:${SCRIVENER_PORT:-\(port)}:\(port)")],
            "volumes": .texts(
                ["journal:\(ContainerPlace.data)"] + (topology.hasKeys ? ["keys:\(keys)"] : [])),
            "configs": .list(
                [["source": "topology", "target": .text(file)]]
                    + topology.programFiles.map(Self.mounted)),
            "tmpfs": ["/tmp"], "depends_on": afterKeys,
            "healthcheck": Self.healthcheck(port: port, startSeconds: 60),
            "stop_grace_period": "\(ContainerPlace.coordinatorGrace)s",
        ]
    }

    private func worker(of pool: Topology.Pool) -> YAMLNode {
        var volumes: [YAMLNode] = []
        if topology.hasKeys {
            volumes.append("\(Self.volume(of: pool)):\(ContainerPlace.credentials):ro")
        }
        if let corpus = pool.corpus {
            volumes.append(Self.bind(context.path(of: corpus), ContainerPlace.corpus))
        }
        let owner = "uid=\(ContainerPlace.user),gid=\(ContainerPlace.user),mode=0700"
        let startSeconds = max(10, Int(pool.startTime.seconds))
        return [
            YAMLNode.comment: .text(
                "More or fewer: docker compose up --scale \(pool.name)=N. GET /v1/pools says how "
                    + "many are wanted, of \(pool.minimum)…\(pool.maximum).")
        ]
            + service(
                "worker", isBuilder: pool.name == topology.pools.first?.name,
                topology.containedWorker(of: pool, coordinator: Self.coordinator)) + [
                "scale": .number(pool.replicas),
                "volumes": volumes.isEmpty ? nil : .list(volumes),
                "configs": pool.agentsFile.map { [Self.mounted($0)] } ?? nil,
                "tmpfs": [
                    "/tmp", "\(ContainerPlace.data):\(owner)", "\(ContainerPlace.cache):\(owner)",
                ], "environment": ["XDG_CACHE_HOME": .text(ContainerPlace.cache)],
                "networks": ["default": ["aliases": [.text(Self.workers)]]],
                "depends_on": afterKeys,
                "healthcheck": Self.healthcheck(
                    port: ContainerPlace.metricsPort, startSeconds: startSeconds),
                "stop_grace_period": "\(pool.graceSeconds)s",
            ]
    }

    // MARK: Monitoring

    private var prometheus: YAMLNode {
        var volumes: [YAMLNode] = ["prometheus.yml", "alerts.yml"].map {
            Self.bind("./monitoring/\($0)", "/etc/prometheus/\($0)")
        }
        volumes.append("prometheus:/prometheus")
        if topology.hasKeys { volumes.append("metrics-token:/etc/prometheus/scrivener:ro") }
        return [
            "image": "prom/prometheus:v3.5.0", "profiles": ["monitoring"],
            "volumes": .list(volumes), "ports": ["127.0.0.1:9090:9090"], "depends_on": afterKeys,
            "restart": "unless-stopped",
        ] + Self.confined
    }

    private var grafana: YAMLNode {
        [
            "image": "grafana/grafana:12.1.0", "profiles": ["monitoring"],
            "environment": [
                YAMLNode.comment: "Whoever reaches the port may look, and change nothing.",
                "GF_AUTH_ANONYMOUS_ENABLED": "true", "GF_AUTH_DISABLE_LOGIN_FORM": "true",
                "GF_ANALYTICS_REPORTING_ENABLED": "false",
                "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
            ],
            "volumes": [
                Self.bind("./monitoring/grafana/provisioning", "/etc/grafana/provisioning"),
                Self.bind(
                    "./monitoring/grafana/scrivener.json",
                    "/etc/grafana/dashboards/scrivener.json"),
            ], "tmpfs": ["/tmp", "/var/lib/grafana:uid=472,gid=0,mode=0700"],
            "ports": ["127.0.0.1:3000:3000"], "restart": "unless-stopped",
        ] + Self.confined
    }

    // MARK: Volumes and files

    private var volumes: YAMLNode {
        let keys = ["keys", "metrics-token"] + topology.pools.map(Self.volume)
        return .map(
            (["journal"] + (topology.hasKeys ? keys : []) + ["prometheus"]).map {
                YAMLNode.Member(key: $0, value: [:])
            })
    }

    private var configs: YAMLNode {
        let files =
            [("topology", context.name)]
            + topology.programFiles.map { (Self.config(of: $0), $0) }
        return .map(
            files.map { key, name in
                YAMLNode.Member(
                    key: key, value: ["file": .text(Self.escaped(context.path(of: name)))])
            })
    }

    private static func mounted(_ file: String) -> YAMLNode {
        [
            "source": .text(config(of: file)),
            "target": .text(escaped("\(ContainerPlace.configuration)/\(file)")),
        ]
    }

    private static func config(of file: String) -> String {
        "agents-" + file.map { $0.isLetter || $0.isNumber ? String($0) : "-" }.joined()
    }
}
