// A cluster as manifests for Kubernetes, put together by kustomize. Workers of a pool are a Deployment; the
// coordinator is a StatefulSet of one, with a volume for its journal. The names of keys are here, the keys are
// not: docker/kubernetes/README.md tells how their Secrets are made.

import ScrivenerModel

struct KubernetesRendering {
    static let coordinator = "coordinator"
    static let coordinatorSecret = "coordinator-keys"
    /// Where Prometheus runs.
    static let monitoringNamespace = "monitoring"

    let topology: Topology
    let context: RenderContext

    func files() throws(ScrivenerError) -> [RenderedFile] {
        var files = [
            file("namespace.yaml", [namespace]),
            file(
                "coordinator.yaml", [KubernetesCoordinator(rendering: self)].flatMap(\.documents)),
            file("network.yaml", KubernetesNetwork(rendering: self).documents),
        ]
        for pool in topology.pools {
            let pool = KubernetesPool(rendering: self, pool: pool)
            files.append(file("pool-\(pool.pool.name).yaml", pool.documents))
        }
        files.append(kustomization(resources: files.map(\.path)))
        for (name, source) in [("topology.yaml", context.name)]
            + topology.programFiles.map({ ($0, $0) })
        {
            let header = context.header(.kubernetes, "A copy of \(source).")
            files.append(RenderedFile(path: name, text: header + (try context.read(source))))
        }
        return files
    }

    private func file(_ path: String, _ documents: [YAMLNode]) -> RenderedFile {
        RenderedFile(
            path: path,
            text: context.header(.kubernetes, "")
                + documents.map(\.rendered).joined(separator: "---\n"))
    }

    private var namespace: YAMLNode {
        [
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": [
                "name": .text(topology.name),
                "labels": [
                    "app.kubernetes.io/part-of": "scrivener",
                    "pod-security.kubernetes.io/enforce": "restricted",
                ],
            ],
        ]
    }

    private func kustomization(resources: [String]) -> RenderedFile {
        let node: YAMLNode = [
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "namespace": .text(topology.name), "resources": .texts(resources),
            "configMapGenerator": [
                ["name": "topology", "files": .texts(copies.map { "\($0.key)=\($0.file)" })]
            ],
            "images": .list(
                ["scrivener-coordinator", "scrivener-worker"].map {
                    [
                        YAMLNode.comment: "Your registry, and the version that you want.",
                        "name": .text($0), "newName": .text($0), "newTag": "latest",
                    ]
                }),
        ]
        return RenderedFile(
            path: "kustomization.yaml", text: context.header(.kubernetes, "") + node.rendered)
    }
}

// MARK: - What objects have

extension KubernetesRendering {
    func metadata(_ name: String, _ labels: YAMLNode) -> YAMLNode {
        ["name": .text(name), "labels": ["app.kubernetes.io/part-of": "scrivener"] + labels]
    }

    static let coordinatorLabels: YAMLNode = ["app.kubernetes.io/name": "scrivener-coordinator"]
    static let workerLabels: YAMLNode = ["app.kubernetes.io/name": "scrivener-worker"]

    static func labels(of pool: Topology.Pool) -> YAMLNode {
        workerLabels + ["scrivener/pool": .text(pool.name)]
    }

    static func poolSecret(of pool: Topology.Pool) -> String { "pool-\(pool.name)" }

    /// What pods of both kinds are: nobody's user, without rights, without a token of the cluster.
    static func pod(graceSeconds: Int, _ more: YAMLNode) -> YAMLNode {
        [
            "automountServiceAccountToken": false,
            YAMLNode.comment: "Variables of services could be taken for options.",
            "enableServiceLinks": false,
            "securityContext": [
                "runAsNonRoot": true, "runAsUser": .number(ContainerPlace.user),
                "runAsGroup": .number(ContainerPlace.user),
                "fsGroup": .number(ContainerPlace.user),
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": ["type": "RuntimeDefault"],
            ], "terminationGracePeriodSeconds": .number(graceSeconds),
        ] + more
    }

    static let confined: YAMLNode = [
        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
        "capabilities": ["drop": ["ALL"]],
    ]

    /// Kubernetes puts variables in the place of `$(NAME)`.
    static func escaped(_ text: String) -> String { text.replacing("$(", with: "$$(") }

    static func arguments(_ options: [TopologyOption]) -> YAMLNode {
        .texts(options.arguments.map(escaped))
    }

    /// The host of a request from the kubelet is the pod's address, which is no name that HTTP is
    /// allowed to be asked by.
    static func probe(port: String, path: String, failures: Int, seconds: Int) -> YAMLNode {
        [
            "httpGet": [
                "path": .text(path), "port": .text(port),
                "httpHeaders": [["name": "Host", "value": "localhost"]],
            ], "periodSeconds": .number(seconds), "failureThreshold": .number(failures),
            "timeoutSeconds": 5,
        ]
    }

    static func mount(_ name: String, _ path: String, isReadOnly: Bool = false) -> YAMLNode {
        [
            "name": .text(name), "mountPath": .text(path),
            "readOnly": isReadOnly ? true : nil,
        ]
    }

    /// The description and the files beside it: a map of configuration has no folders, its volume has.
    var topologyVolume: YAMLNode {
        let items = copies.map { ["key": .text($0.key), "path": .text($0.file)] as YAMLNode }
        return ["name": "topology", "configMap": ["name": "topology", "items": .list(items)]]
    }

    private var copies: [(key: String, file: String)] {
        (["topology.yaml"] + topology.programFiles).map { file in
            (file.map { $0.isLetter || $0.isNumber || $0 == "." ? String($0) : "-" }.joined(), file)
        }
    }

    static let temporaryVolume: YAMLNode = ["name": "tmp", "emptyDir": ["sizeLimit": "64Mi"]]

    static func secretVolume(_ name: String, _ secret: String) -> YAMLNode {
        [
            "name": .text(name),
            YAMLNode.comment: "0440: root's, and of the group of the pod.",
            "secret": ["secretName": .text(secret), "defaultMode": 0o440],
        ]
    }

    /// How many may be away at a time while nodes are emptied.
    func disruptionBudget(_ name: String, _ labels: YAMLNode) -> YAMLNode {
        [
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": metadata(name, labels),
            "spec": ["maxUnavailable": 1, "selector": ["matchLabels": labels]],
        ]
    }
}
