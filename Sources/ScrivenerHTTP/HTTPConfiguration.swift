// Where the API listens, and how much it takes. Every bound of this module has its name here.

/// The options of the HTTP face.
package struct HTTPConfiguration: Sendable, Equatable {
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// The largest plan that is read. YAML has a smaller limit of its own.
    package var maximumPlanBytes: Int
    /// The bodies of all submissions that are being read or handed over, together.
    package var maximumPlanBytesInFlight: Int
    /// Beyond it, connections wait to be accepted.
    package var maximumConnections: Int
    /// How long a client may be silent before or within a request.
    package var idleTimeout: Duration
    /// The time between comments on a quiet event stream.
    package var keepAlive: Duration
    /// The names that requests may be addressed to, beside `localhost` and addresses.
    package var allowedHosts: [String]

    package init(
        host: String = "127.0.0.1", port: Int = 8080, maximumPlanBytes: Int = 64 << 20,
        maximumPlanBytesInFlight: Int = 256 << 20, maximumConnections: Int = 4_096,
        idleTimeout: Duration = .seconds(60), keepAlive: Duration = .seconds(15),
        allowedHosts: [String] = []
    ) {
        self.host = host
        self.port = port
        self.maximumPlanBytes = maximumPlanBytes
        self.maximumPlanBytesInFlight = maximumPlanBytesInFlight
        self.maximumConnections = maximumConnections
        self.idleTimeout = idleTimeout
        self.keepAlive = keepAlive
        self.allowedHosts = allowedHosts
    }
}
