// The coordinator on Kubernetes: one at a time, with a volume. While it is away workers go on with what they
// run, and nothing is lost, so it may be moved like anything else.

struct KubernetesCoordinator {
    private static let keys = ContainerPlace.data + "/keys"

    let rendering: KubernetesRendering

    private var topology: Topology { rendering.topology }
    private var coordinator: Topology.Coordinator { topology.coordinator }
    private var name: String { KubernetesRendering.coordinator }
    private var labels: YAMLNode { KubernetesRendering.coordinatorLabels }

    var documents: [YAMLNode] {
        [service, statefulSet, rendering.disruptionBudget(name, labels)]
    }

    private var service: YAMLNode {
        [
            "apiVersion": "v1", "kind": "Service",
            "metadata": rendering.metadata(name, labels),
            "spec": [
                "selector": labels,
                "ports": .list(
                    ports.map {
                        [
                            "name": .text($0.name), "port": .number($0.port),
                            "targetPort": .text($0.name),
                        ]
                    }),
            ],
        ]
    }

    private var ports: [(name: String, port: Int)] {
        [("http", coordinator.http.port)] + topology.workerPorts
    }

    private var statefulSet: YAMLNode {
        [
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": rendering.metadata(name, labels),
            "spec": [
                "serviceName": .text(name), "replicas": 1, "selector": ["matchLabels": labels],
                "template": [
                    "metadata": ["labels": labels],
                    "spec": KubernetesRendering.pod(
                        graceSeconds: ContainerPlace.coordinatorGrace,
                        [
                            "initContainers": topology.hasKeys ? [keyContainer] : nil,
                            "containers": [container],
                            "volumes": .list(
                                [
                                    rendering.topologyVolume,
                                    KubernetesRendering.temporaryVolume,
                                ] + (topology.hasKeys ? [keyVolume] : [])),
                        ]),
                ],
                "volumeClaimTemplates": [
                    [
                        "metadata": ["name": "data"],
                        "spec": [
                            "accessModes": ["ReadWriteOnce"],
                            "resources": ["requests": ["storage": "10Gi"]],
                        ],
                    ]
                ],
            ],
        ]
    }

    private var container: YAMLNode {
        let namespace = topology.name
        let options = topology.containedCoordinator(
            keys: Self.keys,
            allowedHosts: [name, "\(name).\(namespace)", "\(name).\(namespace).svc"],
            topology: ContainerPlace.configuration + "/topology.yaml")
        return [
            "name": .text(name), "image": "scrivener-coordinator",
            "args": KubernetesRendering.arguments(options),
            "ports": .list(
                ports.map { ["name": .text($0.name), "containerPort": .number($0.port)] }),
            "startupProbe": KubernetesRendering.probe(
                port: "http", path: "/readyz", failures: 60, seconds: 2),
            "readinessProbe": KubernetesRendering.probe(
                port: "http", path: "/readyz", failures: 3, seconds: 5),
            "livenessProbe": KubernetesRendering.probe(
                port: "http", path: "/healthz", failures: 6, seconds: 10),
            "resources": [
                "requests": ["cpu": "250m", "memory": "256Mi"], "limits": ["memory": "2Gi"],
            ], "securityContext": KubernetesRendering.confined,
            "volumeMounts": [
                KubernetesRendering.mount("data", ContainerPlace.data),
                KubernetesRendering.mount(
                    "topology", ContainerPlace.configuration, isReadOnly: true),
                KubernetesRendering.mount("tmp", "/tmp"),
            ],
        ]
    }

    // MARK: Keys

    private var keyVolume: YAMLNode {
        KubernetesRendering.secretVolume("keys", KubernetesRendering.coordinatorSecret)
    }

    /// The coordinator keeps what it learns beside its keys, and people revoke and rotate there: its
    /// folder has to be one that can be written.
    private var keyContainer: YAMLNode {
        let script = """
            mkdir -m 700 -p \(Self.keys)
            for file in /secret/*; do
              test -e "\(Self.keys)/${file#/secret/}" || install -m 600 "$file" \(Self.keys)/
            done

            """
        return [
            YAMLNode.comment: "Copies the keys once; from then on those of the volume count.",
            "name": "keys", "image": "scrivener-coordinator",
            "command": ["/bin/sh", "-euc", .text(KubernetesRendering.escaped(script))],
            "securityContext": KubernetesRendering.confined,
            "volumeMounts": [
                KubernetesRendering.mount("data", ContainerPlace.data),
                KubernetesRendering.mount("keys", "/secret", isReadOnly: true),
            ],
        ]
    }
}
