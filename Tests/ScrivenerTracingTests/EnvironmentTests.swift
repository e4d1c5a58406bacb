// What the environment says of tracing, under the specification's names.

import Testing

@testable import ScrivenerTracing

@Suite struct EnvironmentTests {
    private func settings(
        _ variables: [String: String], endpoint: String? = nil, ratio: Double? = nil
    ) -> (settings: TracingSettings?, warnings: [String]) {
        var environment = TracingEnvironment(variables)
        let settings = environment.settings(
            of: TracingEnvironment.Program(
                endpoint: endpoint, ratio: ratio, service: "worker", instance: "w1", version: "1"))
        return (settings, environment.warnings)
    }

    /// Nobody who has not asked for it pays for tracing.
    @Test(arguments: [
        [:], ["OTEL_EXPORTER_OTLP_ENDPOINT": ""],
        ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_SDK_DISABLED": "true"],
        ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_TRACES_EXPORTER": "none"],
    ])
    func `Without an endpoint nothing is exported`(variables: [String: String]) {
        #expect(settings(variables).settings == nil)
        #expect(settings(variables).warnings.isEmpty)
    }

    @Test(arguments: [
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"], "http://h:4318/v1/traces"),
        (["OTEL_EXPORTER_OTLP_ENDPOINT": "https://h/otlp/"], "https://h/otlp/v1/traces"),
        (
            [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:1",
                "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://t:2/in",
            ], "http://t:2/in"
        ),
    ])
    func `Spans go where the environment says`(variables: [String: String], endpoint: String) {
        #expect(settings(variables).settings?.endpoint == endpoint)
        #expect(settings(variables, endpoint: "http://own/x").settings?.endpoint == "http://own/x")
    }

    @Test func `All that the environment may say is heard`() throws {
        let (heard, warnings) = settings([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318",
            "OTEL_EXPORTER_OTLP_HEADERS": "api-key=s%20ecret, x = y ",
            "OTEL_SERVICE_NAME": "research",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment=a,service.name=b",
            "OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5",
            "OTEL_BSP_SCHEDULE_DELAY": "200", "OTEL_BSP_MAX_QUEUE_SIZE": "64",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "1500", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
        ])
        let settings = try #require(heard)
        #expect(warnings.isEmpty)
        #expect(
            settings.headers == [
                TracingSettings.Attribute("api-key", "s ecret"),
                TracingSettings.Attribute("x", "y"),
            ])
        #expect(settings.sampler == TraceSampler(ratio: 0.5))
        #expect(settings.delay == .milliseconds(200))
        #expect(settings.timeout == .milliseconds(1_500))
        #expect(settings.queueCapacity == 64)
        let resource = Dictionary(
            uniqueKeysWithValues: settings.resource.map { ($0.name, $0.value) })
        #expect(resource["service.name"] == "research")
        #expect(resource["deployment"] == "a")
        #expect(resource["service.instance.id"] == "w1")
    }

    /// The environment is shared with programs of other makes: what is none of ours must not keep us from
    /// starting, and must not go unsaid.
    @Test(arguments: [
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"), ("OTEL_BSP_SCHEDULE_DELAY", "soon"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_HEADERS", "a"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "a=%zz"), ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "1s"),
        ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "/ca.pem"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/ca.pem"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/key.pem"), ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
    ])
    func `What cannot be understood is passed over with a warning`(name: String, value: String) {
        let (heard, warnings) = settings([
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318", name: value,
        ])
        #expect(warnings.count == 1)
        #expect(warnings.first?.contains(name) == true)
        #expect(heard?.sampler == .standard)
        #expect(heard?.headers == [])
    }

    /// Traces may have to hurry more than what else a program exports.
    @Test func `The timeout of traces goes before that of all`() {
        let variables = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://h", "OTEL_EXPORTER_OTLP_TIMEOUT": "2000",
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "500", "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        ]
        #expect(settings(variables).settings?.timeout == .milliseconds(500))
        #expect(settings(variables).warnings.isEmpty)
    }

    /// Some receivers are given their secret in the URL; logs are read by many.
    @Test(arguments: [
        ("http://h:4318/v1/traces", "http://h:4318/v1/traces"),
        ("https://name:pass@word@h/in?key=secret#x", "https://h/in"), ("http://u@h", "http://h"),
        ("http://h/a@b", "http://h/a@b"), ("http://h?key=@secret", "http://h"),
    ])
    func `An endpoint is shown without secrets`(endpoint: String, shown: String) {
        #expect(TracingSettings(endpoint: endpoint).shownEndpoint == shown)
    }

    @Test(arguments: ["h:4318", "ftp://h", "http://", "http:///x", "http://h /x", ""])
    func `What is no URL is no endpoint`(text: String) {
        #expect(!TracingSettings.isEndpoint(text))
    }
}
