// What is asked.

package import NIOHTTP1

/// One request.
package struct OutboundRequest: Sendable {
    package var method: HTTPMethod
    package var url: OutboundURL
    /// `host`, `content-length` and `user-agent` come by themselves. To another origin a redirect takes
    /// along none but `accept` and its kind.
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// That of the client's settings when `nil`.
    package var timeout: Duration?
    /// Where among a name's addresses to begin: whoever tries again counts it up, so that one that does not
    /// answer is not the only one that is tried.
    package var turn = 0

    package init(
        _ method: HTTPMethod = .GET, _ url: OutboundURL, headers: HTTPHeaders = [:],
        body: [UInt8] = [], timeout: Duration? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
    }
}
