// Puts the API together: routes, who may ask them, problems and limits on a Hummingbird application, which
// is a service like any other.

import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import ScrivenerShell
package import ServiceLifecycle

/// The HTTP face as a service.
///
/// Graceful shutdown stops accepting, ends event streams, and lets requests finish.
///
/// - Parameters:
///   - security: who may ask; everybody, where the socket can be reached, by default.
///   - onBound: called once with the bound port, as soon as connections are accepted.
package func makeHTTPService(
    configuration: HTTPConfiguration, security: HTTPSecurity = HTTPSecurity(),
    gateway: any CoordinatorGateway,
    metrics: any MetricsSource, logger: Logger,
    onBound: @escaping @Sendable (Int) async -> Void = { _ in }
) throws -> some Service {
    let feeds = SessionFeeds(gateway: gateway, logger: logger)
    let pool = PoolFeeds(gateway: gateway, logger: logger)
    let guardian = AccessGuard(
        tokens: security.tokens,
        cookie: LoginCookie(port: configuration.port, isOverTLS: security.identity != nil),
        metrics: metrics, logger: logger)
    let routes = APIRoutes(
        configuration: configuration, gateway: gateway, metrics: metrics, guardian: guardian,
        feeds: feeds, pool: pool
    ).table
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    // From the outside inwards.
    router.add(middleware: HeadMiddleware())
    router.add(middleware: CompressionMiddleware())
    router.add(middleware: AnswerHeaders())
    router.add(middleware: ProblemMiddleware(routes: routes))
    router.add(
        middleware: HostMiddleware(
            hosts: AllowedHosts([configuration.host] + configuration.allowedHosts),
            metrics: metrics))
    router.add(middleware: OriginMiddleware(metrics: metrics))
    for route in routes.routes {
        router.group().add(
            middleware: AccessMiddleware(access: route.access, guardian: guardian)
        ).on(RouterPath(route.path), method: route.method, use: route.respond)
    }
    let server = HTTPServerBuilder.http1(
        configuration: .init(idleTimeout: TimeAmount(configuration.idleTimeout)))
    var application = Application(
        router: router,
        server: try security.identity.map {
            try .tls(server, tlsConfiguration: $0.configuration)
        } ?? server,
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.host, port: configuration.port),
            availableConnectionsDelegate: .maximum(
                configuration.maximumConnections, logger: logger)),
        onServerRunning: { channel in
            await onBound(channel.localAddress?.port ?? configuration.port)
        },
        logger: logger)
    application.addServices(feeds, pool)
    if security.canChange {
        application.addServices(ReloadService { security.reload(logger) })
    }
    return application
}
