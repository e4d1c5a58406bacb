// A small HTTP server for programs that have no other: it serves `/metrics` to monitoring, and
// `/healthz` and `/readyz` to whoever looks after containers.

import HTTPTypes
import Hummingbird
package import Logging
import NIOCore
package import ServiceLifecycle

/// Where metrics are served.
package struct MetricsEndpoint: Sendable, Equatable {
    package var host: String
    /// 0 lets the system choose.
    package var port: Int
    /// Beyond it, connections wait to be accepted.
    package static let maximumConnections = 16
    /// How long a client may be silent before or within a request.
    package static let idleTimeout = Duration.seconds(60)

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// The server as a service. What it does not serve is answered with 404.
///
/// - Parameters:
///   - contentType: the media type of the exposition.
///   - onBound: called once with the bound port, as soon as connections are accepted.
///   - isReady: whether the program does what it is there for, now.
///   - exposition: all metrics, as of now.
package func makeMetricsService(
    at endpoint: MetricsEndpoint, contentType: String, logger: Logger,
    onBound: @escaping @Sendable (Int) async -> Void = { _ in },
    isReady: @escaping @Sendable () -> Bool,
    exposition: @escaping @Sendable () -> String
) -> some Service {
    let router = Router(context: BasicRequestContext.self)
    router.get("/metrics") { _, _ in
        response(exposition(), contentType: contentType)
    }
    router.get("/healthz") { _, _ in
        response(#"{"status":"ok"}"#, contentType: "application/json")
    }
    router.get("/readyz") { _, _ in
        isReady()
            ? response(#"{"status":"ready"}"#, contentType: "application/json")
            : response(
                #"{"status":"not_ready"}"#, contentType: "application/json",
                status: .serviceUnavailable)
    }
    return Application(
        router: router,
        server: .http1(configuration: .init(idleTimeout: TimeAmount(MetricsEndpoint.idleTimeout))),
        configuration: ApplicationConfiguration(
            address: .hostname(endpoint.host, port: endpoint.port),
            availableConnectionsDelegate: .maximum(
                MetricsEndpoint.maximumConnections, logger: logger)),
        onServerRunning: { channel in
            await onBound(channel.localAddress?.port ?? endpoint.port)
        },
        logger: logger)
}

private func response(
    _ text: String, contentType: String, status: HTTPResponse.Status = .ok
) -> Response {
    Response(
        status: status, headers: [.contentType: contentType, .cacheControl: "no-store"],
        body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
}
