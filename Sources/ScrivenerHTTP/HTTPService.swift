// Puts the API together: routes, problems and limits on a Hummingbird application, which is a
// service like any other.

import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import ServiceLifecycle

/// The HTTP face as a service.
///
/// Graceful shutdown stops accepting, ends event streams, and lets requests finish.
///
/// - Parameter onBound: called once with the bound port, as soon as connections are accepted.
package func makeHTTPService(
    configuration: HTTPConfiguration, gateway: any CoordinatorGateway,
    metrics: any MetricsSource, logger: Logger,
    onBound: @escaping @Sendable (Int) async -> Void = { _ in }
) -> some Service {
    let feeds = SessionFeeds(gateway: gateway, logger: logger)
    let pool = PoolFeeds(gateway: gateway, logger: logger)
    let routes = APIRoutes(
        configuration: configuration, gateway: gateway, metrics: metrics, feeds: feeds, pool: pool
    ).table
    let router = Router(
        context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
    // From the outside inwards.
    router.add(middleware: HeadMiddleware())
    router.add(middleware: CompressionMiddleware())
    router.add(middleware: ProblemMiddleware(routes: routes))
    for route in routes.routes {
        router.on(RouterPath(route.path), method: route.method, use: route.respond)
    }
    var application = Application(
        router: router,
        server: .http1(
            configuration: .init(idleTimeout: TimeAmount(configuration.idleTimeout))),
        configuration: ApplicationConfiguration(
            address: .hostname(configuration.host, port: configuration.port),
            availableConnectionsDelegate: .maximum(
                configuration.maximumConnections, logger: logger)),
        onServerRunning: { channel in
            await onBound(channel.localAddress?.port ?? configuration.port)
        },
        logger: logger)
    application.addServices(feeds, pool)
    return application
}
