// What the fields of a description have to be. Values have their rules in `TopologyReader+Values`, pools
// theirs in `TopologyReader+Pools`.

import ScrivenerModel

/// Reads a description and gathers what is wrong with it.
struct TopologyReader {
    static let fields = ["name", "coordinator", "pools", "hosts", "security"]
    static let coordinatorFields = ["host", "bind", "http", "data", "options"]
    static let httpFields = ["host", "port"]
    static let hostFields = ["address"]
    static let securityFields = ["keys", "insecure"]

    static let defaultBind = Topology.Endpoint(host: "127.0.0.1", port: 7412)
    static let defaultHTTP = Topology.Endpoint(host: "127.0.0.1", port: 7411)
    static let defaultData = "scrivener-data"

    var mistakes: [Mistake] = []
    /// Names of the hosts that there are.
    private(set) var hostNames: [String] = []
    let readFile: (String) throws(ScrivenerError) -> [UInt8]

    init(readFile: @escaping (String) throws(ScrivenerError) -> [UInt8]) {
        self.readFile = readFile
    }

    /// What the document says. Means nothing when there are mistakes.
    mutating func topology(in document: JSONValue) -> Topology {
        let root = fields(of: document, at: "", Self.fields, required: ["name", "pools"]) ?? [:]
        let hosts = members(root["hosts"], at: "/hosts", TopologyLimits.hosts).map {
            Topology.Host(name: $0.name, address: address(in: $0.value, at: $0.path))
        }
        hostNames = hosts.map(\.name)
        let topology = Topology(
            name: name(root["name"], at: "/name"), coordinator: coordinator(root["coordinator"]),
            pools: members(root["pools"], at: "/pools", TopologyLimits.pools).map {
                pool($0.name, $0.value, at: $0.path)
            }, hosts: hosts, security: security(root["security"]))
        checkReach(of: topology)
        return topology
    }

    // MARK: The coordinator

    private mutating func coordinator(_ value: JSONValue?) -> Topology.Coordinator {
        let path = "/coordinator"
        let fields = value.flatMap { self.fields(of: $0, at: path, Self.coordinatorFields) } ?? [:]
        return Topology.Coordinator(
            host: fields["host"].flatMap { host($0, at: path + "/host") },
            bind: fields["bind"].map { bind($0, at: path + "/bind") } ?? Self.defaultBind,
            http: fields["http"].map { http($0, at: path + "/http") } ?? Self.defaultHTTP,
            data: fields["data"].map { text($0, at: path + "/data") } ?? Self.defaultData,
            options: options(
                fields["options"], at: path + "/options", of: TopologyOptionList.coordinator))
    }

    private mutating func bind(_ value: JSONValue, at path: String) -> Topology.Endpoint {
        let form = "tcp://host:port"
        guard let text = value.stringValue, text.hasPrefix("tcp://"),
            let colon = text.lastIndex(of: ":"),
            case let host = String(text[..<colon].dropFirst("tcp://".count)),
            Self.isHost(host)
        else {
            mistake(path, "must be \(form)", actual: value.stringValue)
            return Self.defaultBind
        }
        guard let port = Int(text[text.index(after: colon)...]),
            TopologyLimits.bindPort.contains(port)
        else {
            mistake(
                path, "must be \(form) with a port that is a number",
                limit: TopologyLimits.bindPort.described, actual: text)
            return Self.defaultBind
        }
        return Topology.Endpoint(host: host, port: port)
    }

    private mutating func http(_ value: JSONValue, at path: String) -> Topology.Endpoint {
        let fields = fields(of: value, at: path, Self.httpFields) ?? [:]
        var endpoint = Self.defaultHTTP
        if let host = fields["host"] {
            endpoint.host = host.stringValue ?? ""
            if !Self.isHost(endpoint.host) {
                mistake(path + "/host", "must be an address or a name", actual: host.stringValue)
            }
        }
        if let port = fields["port"] {
            endpoint.port = integer(port, in: TopologyLimits.port, at: path + "/port")
        }
        return endpoint
    }

    // MARK: Hosts and security

    private mutating func address(in value: JSONValue, at path: String) -> String {
        let fields = fields(of: value, at: path, Self.hostFields, required: ["address"])
        guard let address = fields?["address"] else { return "" }
        guard let text = address.stringValue, Self.isHost(text) else {
            mistake(path + "/address", "must be an address or a name", actual: address.stringValue)
            return ""
        }
        return text
    }

    private mutating func security(_ value: JSONValue?) -> Topology.Security {
        guard let value,
            let fields = fields(of: value, at: "/security", Self.securityFields)
        else { return .loopback }
        switch (fields["keys"], fields["insecure"]) {
        case (let keys?, nil): return .keys(text(keys, at: "/security/keys"))
        case (nil, .bool(true)): return .insecure
        case (nil, nil): mistake("/security", "must name keys, or be insecure")
        case (nil, _): mistake("/security/insecure", "must be true, or not be there")
        case (_, _): mistake("/security", "either has keys or is insecure, not both")
        }
        return .loopback
    }

    private func isMistaken(_ paths: [String]) -> Bool {
        mistakes.contains { paths.contains($0.path) }
    }

    /// Who may reach the coordinator, and whether its ports are its own.
    private mutating func checkReach(of topology: Topology) {
        let coordinator = topology.coordinator
        if topology.security == .loopback {
            for (path, endpoint) in [("bind", coordinator.bind), ("http/host", coordinator.http)]
            where !endpoint.isLoopback && !isMistaken(["/security", "/coordinator/\(path)"]) {
                mistake(
                    "/coordinator/\(path)",
                    "can be reached from elsewhere: that takes `security: {keys: DIRECTORY}`, or "
                        + "`security: {insecure: true}`",
                    limit: "127.0.0.0/8, ::1, localhost", actual: endpoint.host)
            }
        }
        if topology.workerPorts.contains(where: { $0.port == coordinator.http.port }) {
            mistake(
                "/coordinator/http/port",
                "is a port of bind, which with keys takes the two after its own as well",
                actual: "\(coordinator.http.port)")
        }
    }
}
