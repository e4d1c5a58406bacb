// The routes that documents are held against.

import Logging

@testable import ScrivenerHTTP

extension APIRoutes {
    static var described: RouteTable {
        APIRoutes(
            configuration: HTTPConfiguration(), gateway: FakeGateway(), metrics: FakeMetrics(),
            guardian: AccessGuard(
                tokens: nil, cookie: LoginCookie(port: 0, isOverTLS: false),
                metrics: FakeMetrics(), logger: Logger(label: "test")),
            feeds: SessionFeeds(gateway: FakeGateway(), logger: Logger(label: "test")),
            pool: PoolFeeds(gateway: FakeGateway(), logger: Logger(label: "test"))
        ).table
    }
}
