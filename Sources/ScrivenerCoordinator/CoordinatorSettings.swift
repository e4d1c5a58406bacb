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
    package var http = HTTPConfiguration()
    /// Whether HTTP is served at all: an application that holds its coordinator may ask it directly.
    package var servesHTTP = true
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
    /// - Parameter isInsecureAllowed: whether addresses beyond loopback are meant.
    package func mistakes(isInsecureAllowed: Bool = false) -> [Mistake] {
        var found: [Mistake] = []
        if !bind.hasPrefix("tcp://") && !bind.hasPrefix("ipc://") {
            found.append(
                Mistake(
                    .configurationInvalid, at: "bind", "must be tcp://host:port", actual: bind))
        } else if !isInsecureAllowed, !Loopback.isLoopback(endpoint: bind) {
            found.append(Self.public("bind", bind))
        }
        if servesHTTP, !isInsecureAllowed, !Loopback.isLoopback(host: http.host) {
            found.append(Self.public("http-host", http.host))
        }
        if dataDirectory.isEmpty {
            found.append(Mistake(.configurationInvalid, at: "data", "must not be empty"))
        }
        return found
    }

    private static func `public`(_ option: String, _ actual: String) -> Mistake {
        Mistake(
            .configurationInvalid, at: option,
            "this version has no keys or tokens yet and binds to loopback only; "
                + "--insecure binds elsewhere, open to everybody who can reach it",
            limit: "127.0.0.0/8, ::1, localhost", actual: actual)
    }
}

/// What counts as this machine only.
enum Loopback {
    static func isLoopback(host: String) -> Bool {
        if host == "localhost" || host == "::1" || host == "[::1]" { return true }
        // Numbers all: 127.example.com is a name, and names may stand for any address.
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    static func isLoopback(endpoint: String) -> Bool {
        guard endpoint.hasPrefix("tcp://") else { return endpoint.hasPrefix("ipc://") }
        let address = endpoint.dropFirst("tcp://".count)
        guard let colon = address.lastIndex(of: ":") else { return false }
        return isLoopback(host: String(address[..<colon]))
    }
}
