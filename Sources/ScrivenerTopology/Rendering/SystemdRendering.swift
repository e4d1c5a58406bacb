// A cluster as units for systemd: the same two units on every host, and for each host a folder with what is
// different there. A worker's unit is a template; its instance is the pool and the number of the replica on its
// host, as in `scrivener-worker@research-1`.

import ScrivenerModel

struct SystemdRendering {
    static let coordinatorUnit = "scrivener-coordinator.service"
    static let workerUnit = "scrivener-worker@.service"
    /// What systemd-sysusers makes the user from.
    static let users = "scrivener.sysusers"

    private static let configuration = "/etc/scrivener"
    private static let user = "scrivener"
    /// How long the coordinator is given to end.
    private static let grace = 30

    let topology: Topology
    let context: RenderContext

    func files() throws(ScrivenerError) -> [RenderedFile] {
        var files = [
            RenderedFile(path: Self.coordinatorUnit, text: coordinatorUnit),
            RenderedFile(path: Self.workerUnit, text: workerUnit),
            RenderedFile(
                path: Self.users,
                text: context.header(.systemd, "For /usr/lib/sysusers.d/scrivener.conf.")
                    + "u \(Self.user) - \"Agent Scrivener\" /var/lib/scrivener\n"),
        ]
        let host = topology.coordinator.host ?? ""
        files.append(try settings(of: host, "coordinator.yaml", [], coordinator))
        files.append(try copy(context.name, to: "\(host)/topology.yaml"))
        for name in topology.programFiles { files.append(try copy(name, to: "\(host)/\(name)")) }
        for replica in topology.placedReplicas {
            let instance = "\(replica.pool.name)-\(replica.number)"
            files.append(
                try settings(
                    of: replica.host, "workers/\(instance).yaml",
                    ["systemctl enable --now scrivener-worker@\(instance)"], worker(replica)))
            if let name = replica.pool.agentsFile,
                !files.contains(where: { $0.path == "\(replica.host)/\(name)" })
            {
                files.append(try copy(name, to: "\(replica.host)/\(name)"))
            }
        }
        return files
    }

    // MARK: Options

    private var coordinator: [TopologyOption] {
        let keys: String? = if case .keys(let folder) = topology.security { folder } else { nil }
        return topology.coordinatorOptions(
            CoordinatorPlace(
                bind: topology.coordinator.bind, http: topology.coordinator.http,
                data: topology.coordinator.data, keys: keys,
                topology: Self.configuration + "/topology.yaml",
                allowedHosts: topology.reachableNames))
    }

    private func worker(_ replica: PlacedReplica) -> [TopologyOption] {
        topology.workerOptions(
            of: replica.pool,
            WorkerPlace(
                coordinator: topology.reachableEndpoint, id: replica.id,
                data: "/var/lib/scrivener/workers/\(replica.pool.name)-\(replica.number)",
                corpus: replica.pool.corpus,
                agentsFile: replica.pool.agentsFile.map { "\(Self.configuration)/\($0)" },
                drainSeconds: replica.pool.drainSeconds))
    }

    /// A file of options for a host's folder of settings.
    private func settings(
        of host: String, _ path: String, _ commands: [String], _ options: [TopologyOption]
    ) throws(ScrivenerError) -> RenderedFile {
        let words = ["For \(Self.configuration)/\(path) on the host \(host)."] + commands
        let header = context.header(.systemd, words.joined(separator: "\n"))
        return RenderedFile(
            path: "\(host)/\(path)", text: header + YAMLNode(options).rendered)
    }

    private func copy(_ name: String, to path: String) throws(ScrivenerError) -> RenderedFile {
        let header = context.header(.systemd, "A copy of \(name).")
        return RenderedFile(path: path, text: header + (try context.read(name)))
    }

    // MARK: Units

    private static let confined = """
        NoNewPrivileges=yes
        CapabilityBoundingSet=
        ProtectSystem=strict
        ProtectHome=yes
        ProtectClock=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        ProtectKernelTunables=yes
        PrivateDevices=yes
        PrivateTmp=yes
        RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX
        RestrictNamespaces=yes
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        LockPersonality=yes
        SystemCallArchitectures=native
        SystemCallFilter=@system-service
        UMask=0077
        """

    /// 64 and 78 say that only a person can help.
    private static let restart = """
        Restart=always
        RestartSec=1
        RestartPreventExitStatus=64 78
        """

    private var coordinatorUnit: String {
        context.header(.systemd, "For /etc/systemd/system.")
            + """
            [Unit]
            Description=Agent Scrivener coordinator
            Wants=network-online.target
            After=network-online.target

            [Service]
            ExecStart=/usr/bin/\(Topology.coordinatorProgram) --config \(Self.configuration)/coordinator.yaml
            User=\(Self.user)
            Group=\(Self.user)
            StateDirectory=\(state)
            StateDirectoryMode=0700
            LimitNOFILE=65536
            \(Self.restart)
            TimeoutStopSec=\(Self.grace)
            \(Self.confined)
            ProtectControlGroups=yes
            ProtectProc=invisible
            MemoryDenyWriteExecute=yes

            [Install]
            WantedBy=multi-user.target

            """
    }

    /// The folders that the coordinator writes to, as systemd names them.
    private var state: String {
        var folders = [topology.coordinator.data]
        if case .keys(let keys) = topology.security { folders.append(keys) }
        return folders.map { String($0.normalised.dropFirst("/var/lib/".count)) }
            .joined(separator: " ")
    }

    private var workerUnit: String {
        let credentials =
            topology.hasKeys
            ? """
            LoadCredential=coordinator.public:\(Self.configuration)/coordinator.public
            LoadCredential=pool-token:\(Self.configuration)/workers/%i.token

            """ : ""
        let options =
            topology.hasKeys
            ? " --coordinator-key %d/coordinator.public --pool-token %d/pool-token" : ""
        return context.header(
            .systemd,
            "For /etc/systemd/system. The instance is the pool and the number of the replica: research-1."
        )
            + """
            [Unit]
            Description=Agent Scrivener worker %i
            Wants=network-online.target
            After=network-online.target

            [Service]
            ExecStart=/usr/bin/\(Topology.workerProgram) --config \(Self.configuration)/workers/%i.yaml\(options)
            User=\(Self.user)
            Group=\(Self.user)
            \(credentials)StateDirectory=scrivener/workers/%i
            StateDirectoryMode=0700
            CacheDirectory=scrivener
            Environment=XDG_CACHE_HOME=%C/scrivener
            \(Self.restart)
            # The worker finishes what it runs, and ends the programs that it started.
            KillMode=mixed
            TimeoutStopSec=\(topology.pools.map(\.graceSeconds).max() ?? Self.grace)
            \(Self.confined)

            [Install]
            WantedBy=multi-user.target

            """
    }
}

extension YAMLNode {
    /// A file of options.
    fileprivate init(_ options: [TopologyOption]) {
        self = .map(
            options.map { option in
                YAMLNode.Member(key: option.key, value: Self.value(of: option))
            })
    }

    private static func value(of option: TopologyOption) -> YAMLNode {
        let text = option.values.first ?? ""
        switch option.kind {
        case .flag: return .flag(text == "true")
        case .repeating: return .texts(option.values)
        case .number, .text: return Int(text).map(YAMLNode.number) ?? .text(text)
        }
    }
}
