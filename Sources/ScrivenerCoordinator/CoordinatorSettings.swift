// What a coordinator is told when it starts. `docs/configuration.md` lists every option.

package import ScrivenerCore
package import ScrivenerHTTP
import ScrivenerMetrics
package import ScrivenerModel
package import ScrivenerStore

/// The settings of a coordinator.
package struct CoordinatorSettings: Sendable {
    /// The folder of the journal; made when it is not there.
    package var dataDirectory: String
    /// Where workers connect: `tcp://host:port`; port `*` picks a free one.
    package var bind: String
    /// Where replicas enrol; the port after that of `bind` when absent.
    package var enrolBind: String?
    /// Where workers connect while the coordinator's key is being changed; the second port after that of `bind` when
    /// absent.
    package var rotationBind: String?
    package var http = HTTPConfiguration()
    /// Whether HTTP is served at all: an application that holds its coordinator may ask it directly.
    package var servesHTTP = true
    /// The folder of keys and tokens; none when absent.
    package var keys: String?
    /// The certificate that HTTP is served with, and its key; in clear text when absent.
    package var tlsCertificate: String?
    package var tlsKey: String?
    package var durability = Durability.full
    package var core = CoreConfiguration()
    /// What holds for sessions whose plan does not say otherwise.
    package var defaults = OrchestrationConfig()
    package var planLimits = PlanLimits()
    /// The agents and capabilities that plans may ask for; any when `nil` (`strict_agents` off).
    package var catalogue: AgentCatalogue?
    /// How many requests may wait for the loop. More are refused with `overloaded`.
    package var inboxCapacity = 10_000
    /// The largest message from or to a worker; workers have to be told the same.
    package var maximumMessageBytes = 8 << 20
    /// How many series a metric may have.
    package var maximumMetricSeries = PrometheusRegistry.defaultSeriesLimit

    /// Where messages to callbacks may go.
    package var webhooks = WebhookReach.public

    /// The pools of workers, for each of which it is worked out how many replicas there should be.
    package var pools: [PoolSpecification] {
        get { core.pools }
        set { core.pools = newValue }
    }

    /// How long a session is kept after its end, and how many; for ever, and any number, when `nil`.
    package var keepSessionsFor: TimeSpan?
    package var keepSessionsCount: Int?

    package init(dataDirectory: String, bind: String) {
        self.dataDirectory = dataDirectory
        self.bind = bind
    }

    /// What plans may hold here.
    var acceptedPlans: PlanLimits {
        var limits = planLimits
        if webhooks == .nowhere { limits.maximumCallbacks = 0 }
        return limits
    }

    /// Everything that is wrong with the settings; nothing when they are sound.
    ///
    /// - Parameters:
    ///   - isInsecureAllowed: whether addresses beyond loopback are meant to be open to everybody.
    ///   - present: which keys and tokens there are.
    package func mistakes(
        isInsecureAllowed: Bool = false, present: PresentKeys = PresentKeys()
    ) -> [Mistake] {
        var found: [Mistake] = []
        if !bind.hasPrefix("tcp://") && !bind.hasPrefix("ipc://") {
            found.append(
                Mistake(
                    .configurationInvalid, at: "bind", "must be tcp://host:port", actual: bind))
        } else if !isInsecureAllowed, !present.workerKeys, !Loopback.isLoopback(endpoint: bind) {
            found.append(
                Self.public(
                    "bind", bind, needs: "keys of workers",
                    makers: "scrivener keys init and scrivener keys add-worker"))
        }
        found += endpointMistakes
        if servesHTTP { found += httpMistakes(isInsecureAllowed, present) }
        if dataDirectory.isEmpty {
            found.append(Mistake(.configurationInvalid, at: "data", "must not be empty"))
        }
        return found + PoolSpecification.mistakes(in: pools, at: "/pools")
    }

    private func httpMistakes(_ isInsecureAllowed: Bool, _ present: PresentKeys) -> [Mistake] {
        var found: [Mistake] = []
        if !isInsecureAllowed, !present.tokens, !Loopback.isLoopback(host: http.host) {
            found.append(
                Self.public(
                    "http-host", http.host, needs: "API tokens",
                    makers: "scrivener keys api-token"))
        }
        if (tlsCertificate == nil) != (tlsKey == nil) {
            found.append(
                Mistake(
                    .configurationInvalid, at: tlsKey == nil ? "tls-key" : "tls-certificate",
                    "--tls-certificate and --tls-key go together"))
        }
        for name in http.allowedHosts where !Self.isHostName(name) {
            found.append(
                Mistake(
                    .configurationInvalid, at: "allowed-host",
                    "must be the name of a host, without scheme, port and path",
                    limit: "1…253 of a–z A–Z 0–9 - . _", actual: String(name.prefix(300))))
        }
        return found
    }

    private static func isHostName(_ text: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    private static func `public`(
        _ option: String, _ actual: String, needs what: String, makers: String
    ) -> Mistake {
        Mistake(
            .configurationInvalid, at: option,
            "beyond loopback this needs \(what) (\(makers)), in a folder that --keys names; "
                + "--insecure binds without them, open to everybody who can reach it",
            limit: "127.0.0.0/8, ::1, localhost", actual: actual)
    }
}

extension CoordinatorSettings {
    fileprivate var endpointMistakes: [Mistake] {
        let given = [("enrol-bind", enrolBind), ("rotation-bind", rotationBind)]
        var found: [Mistake] = given.compactMap { option, endpoint in
            guard let endpoint, !endpoint.hasPrefix("tcp://"), !endpoint.hasPrefix("ipc://") else {
                return nil
            }
            return Mistake(
                .configurationInvalid, at: option, "must be tcp://host:port", actual: endpoint)
        }
        if keys != nil, enrolBind == nil || rotationBind == nil, let port = Self.port(of: bind),
            port > .max - 2
        {
            found.append(
                Mistake(
                    .configurationInvalid, at: "bind",
                    "with keys the two ports after it are taken as well, or --enrol-bind and "
                        + "--rotation-bind name others", limit: "\(UInt16.max - 2)", actual: bind))
        }
        return found
    }

    private static func port(of endpoint: String) -> UInt16? {
        endpoint.lastIndex(of: ":").flatMap { UInt16(endpoint[endpoint.index(after: $0)...]) }
    }

    var enrolEndpoint: String { enrolBind ?? Self.endpoint(bind, after: 1, suffix: "-enrol") }

    var workerEndpoints: WorkerSockets.Endpoints {
        WorkerSockets.Endpoints(
            main: bind,
            second: rotationBind ?? Self.endpoint(bind, after: 2, suffix: "-next"))
    }

    /// An endpoint beside another: so many ports after it, or of another name. Where the system picks the one, it
    /// picks the other.
    private static func endpoint(_ endpoint: String, after ports: UInt16, suffix: String) -> String
    {
        guard endpoint.hasPrefix("tcp://") else { return endpoint + suffix }
        guard let colon = endpoint.lastIndex(of: ":"), let port = port(of: endpoint), port > 0
        else {
            return endpoint
        }
        return "\(endpoint[...colon])\(port &+ ports)"
    }
}
