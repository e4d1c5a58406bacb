// What comes back, read as a whole.

package import NIOHTTP1
package import ScrivenerModel
import ScrivenerShell

/// The head of an answer.
package struct OutboundHead: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    /// Who answered: the URL that was asked, or the one that redirects led to.
    package var url: OutboundURL

    package init(status: Int, headers: HTTPHeaders, url: OutboundURL) {
        self.status = status
        self.headers = headers
        self.url = url
    }

    /// Where it says that what was asked for is.
    package var redirect: String? {
        [301, 302, 303, 307, 308].contains(status) ? headers.first(name: "location") : nil
    }

    package var isSuccess: Bool { (200..<300).contains(status) }

    /// For how long the other side wants not to be asked again.
    package var retryAfter: TimeSpan? {
        RetryAfter.span(headers.first(name: "retry-after"), at: BootClock.wall)
    }

    /// The media type in lower case, without its parameters.
    package var mediaType: String? {
        headers.first(name: "content-type").map { value in
            let type = value.prefix { $0 != ";" }
            return type.filter { !$0.isWhitespace }.lowercased()
        }
    }
}

/// A whole answer.
package struct OutboundResponse: Sendable {
    package var head: OutboundHead
    package var body: [UInt8]

    package init(head: OutboundHead, body: [UInt8]) {
        self.head = head
        self.body = body
    }
}
