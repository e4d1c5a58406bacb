// The workers of a pool on Kubernetes: a Deployment, and what decides how many there are. That is the
// coordinator's figure and nothing else: it has seen to it already that the number does not swing.

struct KubernetesPool {
    let rendering: KubernetesRendering
    let pool: Topology.Pool

    private var topology: Topology { rendering.topology }
    private var name: String { "worker-\(pool.name)" }
    private var labels: YAMLNode { KubernetesRendering.labels(of: pool) }

    var documents: [YAMLNode] {
        [deployment, rendering.disruptionBudget(name, labels)]
            + (pool.isElastic ? [autoscaler] : [])
    }

    private var deployment: YAMLNode {
        [
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": rendering.metadata(name, labels),
            "spec": [
                YAMLNode.comment: pool.isElastic ? "How many: see the autoscaler below." : nil,
                "replicas": pool.isElastic ? nil : .number(pool.replicas),
                "selector": ["matchLabels": labels],
                "strategy": ["rollingUpdate": ["maxSurge": 1, "maxUnavailable": 0]],
                "template": [
                    "metadata": ["labels": labels],
                    "spec": KubernetesRendering.pod(
                        graceSeconds: pool.graceSeconds,
                        ["containers": [container], "volumes": .list(volumes)]),
                ],
            ],
        ]
    }

    private var container: YAMLNode {
        let options = topology.containedWorker(
            of: pool, coordinator: KubernetesRendering.coordinator)
        return [
            "name": "worker", "image": "scrivener-worker",
            "args": KubernetesRendering.arguments(options),
            "env": [["name": "XDG_CACHE_HOME", "value": .text(ContainerPlace.cache)]],
            "ports": [["name": "metrics", "containerPort": .number(ContainerPlace.metricsPort)]],
            "readinessProbe": KubernetesRendering.probe(
                port: "metrics", path: "/readyz", failures: 3, seconds: 5),
            "livenessProbe": KubernetesRendering.probe(
                port: "metrics", path: "/healthz", failures: 6, seconds: 10),
            YAMLNode.comment: "Takes nothing new, finishes what runs, and leaves; then it is gone.",
            "lifecycle": [
                "preStop": [
                    "exec": [
                        "command": [
                            "/bin/sh", "-c",
                            "kill -TERM 1; while kill -0 1 2>/dev/null; do sleep 1; done",
                        ]
                    ]
                ]
            ],
            "resources": [
                "requests": ["cpu": "250m", "memory": "256Mi"], "limits": ["memory": "2Gi"],
            ], "securityContext": KubernetesRendering.confined, "volumeMounts": .list(mounts),
        ]
    }

    // MARK: Files

    private var mounts: [YAMLNode] {
        var mounts = [
            KubernetesRendering.mount("data", ContainerPlace.data),
            KubernetesRendering.mount("cache", ContainerPlace.cache),
            KubernetesRendering.mount("tmp", "/tmp"),
        ]
        if topology.hasKeys {
            mounts.append(
                KubernetesRendering.mount("keys", ContainerPlace.credentials, isReadOnly: true))
        }
        if pool.agentsFile != nil {
            mounts.append(
                KubernetesRendering.mount(
                    "topology", ContainerPlace.configuration, isReadOnly: true))
        }
        if pool.corpus != nil {
            mounts.append(
                KubernetesRendering.mount("corpus", ContainerPlace.corpus, isReadOnly: true))
        }
        return mounts
    }

    private var volumes: [YAMLNode] {
        var volumes: [YAMLNode] = [
            ["name": "data", "emptyDir": [:]], ["name": "cache", "emptyDir": [:]],
            KubernetesRendering.temporaryVolume,
        ]
        if topology.hasKeys {
            volumes.append(
                KubernetesRendering.secretVolume(
                    "keys", KubernetesRendering.poolSecret(of: pool)))
        }
        if pool.agentsFile != nil { volumes.append(rendering.topologyVolume) }
        if pool.corpus != nil {
            volumes.append([
                "name": "corpus",
                "persistentVolumeClaim": [
                    "claimName": "corpus-\(pool.name)", "readOnly": true,
                ],
            ])
        }
        return volumes
    }

    // MARK: How many

    /// The average over the pods is to be 1, so there are as many pods as the figure says.
    private var autoscaler: YAMLNode {
        let atOnce: YAMLNode = [
            "stabilizationWindowSeconds": 0,
            "policies": [["type": "Percent", "value": 100, "periodSeconds": 15]],
        ]
        let doubling: YAMLNode = [
            "stabilizationWindowSeconds": 0, "selectPolicy": "Max",
            "policies": [
                ["type": "Percent", "value": 100, "periodSeconds": 15],
                ["type": "Pods", "value": .number(pool.maximum), "periodSeconds": 15],
            ],
        ]
        return [
            "apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
            "metadata": rendering.metadata(name, labels),
            "spec": [
                "scaleTargetRef": [
                    "apiVersion": "apps/v1", "kind": "Deployment", "name": .text(name),
                ],
                YAMLNode.comment: pool.minimum == 0
                    ? "From zero only with the feature gate HPAScaleToZero." : nil,
                "minReplicas": .number(max(1, pool.minimum)),
                "maxReplicas": .number(pool.maximum),
                "metrics": [
                    [
                        "type": "External",
                        "external": [
                            "metric": [
                                "name": "scrivener_pool_desired_workers",
                                "selector": ["matchLabels": ["pool": .text(pool.name)]],
                            ], "target": ["type": "AverageValue", "averageValue": "1"],
                        ],
                    ]
                ], "behavior": ["scaleUp": doubling, "scaleDown": atOnce],
            ],
        ]
    }
}
