// What the environment says of tracing, under the names that the OpenTelemetry specification gives to all programs
// (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). As it wants, what cannot be
// understood there is passed over with a warning: the environment is shared with programs of other makes.

/// Reads the environment.
package struct TracingEnvironment {
    /// For people: what was passed over.
    package private(set) var warnings: [String] = []
    private let variables: [String: String]

    package init(_ variables: [String: String]) { self.variables = variables }

    /// What a program says of itself, which goes before the environment but for its names.
    package struct Program {
        /// From its own options.
        package var endpoint: String?
        /// The same: which share of traces is recorded.
        package var ratio: Double?
        package var service: String
        /// Which of several, where that is known.
        package var instance: String?
        package var version: String

        package init(
            endpoint: String?, ratio: Double?, service: String, instance: String?, version: String
        ) {
            self.endpoint = endpoint
            self.ratio = ratio
            self.service = service
            self.instance = instance
            self.version = version
        }
    }

    /// - Returns: `nil` when nothing is to be exported.
    package mutating func settings(of program: Program) -> TracingSettings? {
        guard !isDisabled, let endpoint = program.endpoint ?? endpoint() else { return nil }
        var settings = TracingSettings(endpoint: endpoint)
        settings.headers = pairs("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
        if settings.headers.isEmpty { settings.headers = pairs("OTEL_EXPORTER_OTLP_HEADERS") }
        settings.sampler = program.ratio.map { TraceSampler(ratio: $0) } ?? sampler()
        if let number = number("OTEL_BSP_MAX_QUEUE_SIZE", in: 1...1_000_000) {
            settings.queueCapacity = number
        }
        if let number = number("OTEL_BSP_SCHEDULE_DELAY", in: 1...3_600_000) {
            settings.delay = .milliseconds(number)
        }
        if let number = number("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", in: 1...3_600_000)
            ?? number("OTEL_EXPORTER_OTLP_TIMEOUT", in: 1...3_600_000)
        {
            settings.timeout = .milliseconds(number)
        }
        settings.resource = resource(of: program)
        checkProtocol()
        checkConnection()
        return settings
    }

    // MARK: Parts

    /// An empty variable is as one that is not there.
    private func text(_ name: String) -> String? {
        guard let text = variables[name], !text.isEmpty else { return nil }
        return text
    }

    private var isDisabled: Bool {
        text("OTEL_SDK_DISABLED")?.lowercased() == "true" || text("OTEL_TRACES_EXPORTER") == "none"
    }

    private mutating func endpoint() -> String? {
        let whole = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
        let name = text(whole) == nil ? "OTEL_EXPORTER_OTLP_ENDPOINT" : whole
        guard let url = text(name) else { return nil }
        guard TracingSettings.isEndpoint(url) else {
            warnings.append("\(name) is no http or https URL; nothing is exported")
            return nil
        }
        return name == whole ? url : TracingSettings.tracesEndpoint(below: url)
    }

    private mutating func sampler() -> TraceSampler {
        guard let name = text("OTEL_TRACES_SAMPLER") else { return .standard }
        var ratio = 1.0
        if let argument = text("OTEL_TRACES_SAMPLER_ARG"), name.hasSuffix("ratio") {
            if let number = Double(argument), (0...1).contains(number) {
                ratio = number
            } else {
                warnings.append("OTEL_TRACES_SAMPLER_ARG is not 0…1, and taken for 1")
            }
        }
        guard let sampler = TraceSampler(name: name, ratio: ratio) else {
            warnings.append(
                "OTEL_TRACES_SAMPLER is taken for parentbased_always_on; known are "
                    + TraceSampler.names.joined(separator: ", "))
            return .standard
        }
        return sampler
    }

    private mutating func number(_ name: String, in allowed: ClosedRange<Int>) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), allowed.contains(number) else {
            warnings.append(
                "\(name) is not \(allowed.lowerBound)…\(allowed.upperBound), and passed over")
            return nil
        }
        return number
    }

    private mutating func checkProtocol() {
        guard
            let name = text("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
                ?? text("OTEL_EXPORTER_OTLP_PROTOCOL"), name != "http/json"
        else { return }
        warnings.append("OTEL_EXPORTER_OTLP_PROTOCOL is passed over: spans are sent as http/json")
    }

    /// What the specification has for connections, and the exporter has not.
    private mutating func checkConnection() {
        for part in ["CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY", "COMPRESSION"] {
            for name in ["OTEL_EXPORTER_OTLP_TRACES_\(part)", "OTEL_EXPORTER_OTLP_\(part)"] {
                guard let text = text(name), text != "none" else { continue }
                warnings.append("\(name) is passed over: it is not supported")
            }
        }
    }

    /// `name=value,name=value`, with percent escapes in the values.
    private mutating func pairs(_ name: String) -> [TracingSettings.Attribute] {
        guard let text = text(name) else { return [] }
        var pairs: [TracingSettings.Attribute] = []
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1).map(Self.trimmed)
            guard sides.count == 2, !sides[0].isEmpty, let value = Self.unescaped(sides[1]) else {
                warnings.append("\(name) has a part that is not name=value, which is passed over")
                continue
            }
            pairs.append(TracingSettings.Attribute(sides[0], value))
        }
        return pairs
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    private static func unescaped(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// What the environment says goes before what the program knows of itself.
    private mutating func resource(of program: Program) -> [TracingSettings.Attribute] {
        var said = pairs("OTEL_RESOURCE_ATTRIBUTES")
        if let name = text("OTEL_SERVICE_NAME") {
            said.removeAll { $0.name == "service.name" }
            said.append(TracingSettings.Attribute("service.name", name))
        }
        let own = [
            ("service.name", program.service), ("service.version", program.version),
            ("service.instance.id", program.instance), ("telemetry.sdk.language", "swift"),
            ("telemetry.sdk.name", "scrivener"), ("telemetry.sdk.version", program.version),
        ].compactMap { name, value in value.map { TracingSettings.Attribute(name, $0) } }
        return said + own.filter { attribute in !said.contains { $0.name == attribute.name } }
    }
}
