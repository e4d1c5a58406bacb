// What is known of a request beside what it says: where it comes from, and who makes it.

import Hummingbird
import NIOCore

struct APIContext: RequestContext, RemoteAddressRequestContext {
    var coreContext: CoreRequestContextStorage
    /// Absent where nobody needs a token, and on open routes.
    var caller: Caller?
    private let channel: any Channel

    init(source: Source) {
        coreContext = .init(source: source)
        channel = source.channel
    }

    var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// Whether what was allowed when the request came still is. Streams ask now and then.
    var isStillAllowed: @Sendable () -> Bool {
        guard let caller else { return { true } }
        return caller.isStillAllowed
    }
}
