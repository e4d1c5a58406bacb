// Where spans go, and which.

/// How a program exports its spans.
package struct TracingSettings: Sendable, Equatable {
    package struct Attribute: Sendable, Equatable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The URL that spans are posted to.
    package var endpoint: String
    /// Of each request. They may hold secrets, and are never logged.
    package var headers: [Attribute] = []
    /// What the spans are of.
    package var resource: [Attribute] = []
    package var sampler = TraceSampler.standard
    package var queueCapacity = SpanQueue.standardCapacity
    /// How long spans wait for others at most.
    package var delay = Duration.seconds(5)
    /// How long one request may take.
    package var timeout = Duration.seconds(10)

    package init(endpoint: String) { self.endpoint = endpoint }

    /// For people: without the name, the password and the query that may stand in it.
    package var shownEndpoint: String {
        let url = endpoint.prefix { $0 != "?" && $0 != "#" }
        guard let scheme = url.firstRange(of: "://") else { return String(url) }
        let rest = url[scheme.upperBound...]
        let path = rest.firstIndex(of: "/") ?? rest.endIndex
        guard let at = rest[..<path].lastIndex(of: "@") else { return String(url) }
        return String(url[..<scheme.upperBound]) + rest[rest.index(after: at)...]
    }

    /// Whether a text is a URL that spans can be posted to.
    package static func isEndpoint(_ text: String) -> Bool {
        for scheme in ["http://", "https://"] where text.lowercased().hasPrefix(scheme) {
            let host = text.dropFirst(scheme.count).prefix { $0 != "/" }
            return !host.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        }
        return false
    }

    /// Where traces go below what the specification calls the base.
    package static func tracesEndpoint(below base: String) -> String {
        base + (base.hasSuffix("/") ? "" : "/") + "v1/traces"
    }
}
