// Where answers send those who asked.

import NIOHTTP1

extension OutboundRequest {
    /// The same request, where a redirect of its answer leads.
    ///
    /// - Parameter place: as the answer's `location` has it.
    /// - Throws: `OutboundError.badRedirect`.
    package func redirected(to place: String) throws(OutboundError) -> OutboundRequest {
        let target: OutboundURL
        do {
            target = try url.resolving(place)
        } catch {
            throw .badRedirect(reason: "\(error)")
        }
        guard target.isSecure || !url.isSecure else {
            throw .badRedirect(reason: "it leads from https to http")
        }
        var next = self
        next.url = target
        if target.origin != url.origin {
            // Any of the others may be a secret of the first origin's.
            next.headers = HTTPHeaders(
                headers.filter { $0.name.lowercased().hasPrefix("accept") }
                    .map { ($0.name, $0.value) })
        }
        return next
    }
}
