// Who may talk to whom on Kubernetes: nobody, but for what is said here.

struct KubernetesNetwork {
    /// Pods with this label may use the API.
    static let clientLabel: YAMLNode = ["scrivener/client": "true"]

    let rendering: KubernetesRendering

    private var topology: Topology { rendering.topology }

    var documents: [YAMLNode] { [nobody, names, toCoordinator, fromCoordinator, workers] }

    private func policy(_ name: String, of labels: YAMLNode, _ spec: YAMLNode) -> YAMLNode {
        [
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": rendering.metadata(name, [:]),
            "spec": ["podSelector": labels == [:] ? [:] : ["matchLabels": labels]] + spec,
        ]
    }

    private static func tcp(_ ports: [Int]) -> YAMLNode {
        .list(ports.map { ["protocol": "TCP", "port": .number($0)] })
    }

    private static func pods(_ labels: YAMLNode) -> YAMLNode {
        ["podSelector": ["matchLabels": labels]]
    }

    private static let monitoring: YAMLNode = [
        "namespaceSelector": [
            "matchLabels": [
                "kubernetes.io/metadata.name": .text(KubernetesRendering.monitoringNamespace)
            ]
        ]
    ]

    private var nobody: YAMLNode {
        policy("nobody", of: [:], ["policyTypes": ["Ingress", "Egress"]])
    }

    private var names: YAMLNode {
        let ports: YAMLNode = [
            ["protocol": "UDP", "port": 53], ["protocol": "TCP", "port": 53],
        ]
        return policy(
            "names", of: [:],
            [
                "policyTypes": ["Egress"],
                "egress": [
                    ["to": [["namespaceSelector": [:]]], "ports": ports]
                ],
            ])
    }

    private var workerPorts: YAMLNode {
        Self.tcp(topology.workerPorts.map(\.port))
    }

    private var toCoordinator: YAMLNode {
        policy(
            "to-coordinator", of: KubernetesRendering.coordinatorLabels,
            [
                "policyTypes": ["Ingress"],
                "ingress": [
                    [
                        "from": [Self.pods(KubernetesRendering.workerLabels)],
                        "ports": workerPorts,
                    ],
                    [
                        "from": [Self.pods(Self.clientLabel), Self.monitoring],
                        "ports": Self.tcp([topology.coordinator.http.port]),
                    ],
                ],
            ])
    }

    private var fromCoordinator: YAMLNode {
        policy(
            "from-coordinator", of: KubernetesRendering.coordinatorLabels,
            [
                "policyTypes": ["Egress"],
                YAMLNode.comment: "To callbacks of sessions, and not into the cluster.",
                "egress": [
                    [
                        "to": [
                            [
                                "ipBlock": [
                                    "cidr": "0.0.0.0/0",
                                    "except": [
                                        "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16",
                                        "172.16.0.0/12", "192.168.0.0/16",
                                    ],
                                ]
                            ]
                        ], "ports": Self.tcp([80, 443]),
                    ]
                ],
            ])
    }

    private var workers: YAMLNode {
        policy(
            "workers", of: KubernetesRendering.workerLabels,
            [
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [
                    ["from": [Self.monitoring], "ports": Self.tcp([ContainerPlace.metricsPort])]
                ],
                YAMLNode.comment: "Agents that need more of the world need a policy of their own.",
                "egress": [
                    [
                        "to": [Self.pods(KubernetesRendering.coordinatorLabels)],
                        "ports": workerPorts,
                    ]
                ],
            ])
    }
}
