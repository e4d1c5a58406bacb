// Fetches what searches need: answers of the services that the operator configured, and pages that those name.
// The two differ in whom they may reach: a service is wherever the operator says, a page only where anybody could
// read it, however it is named and wherever it redirects to.

import NIOHTTP1
import ScrivenerModel
import ScrivenerOutbound

/// Fetches, from each host at its pace.
final class WebFetcher: Sendable {
    private let pages: OutboundClient
    private let services: OutboundClient
    private let settings: LiveSearchSettings.Pages
    private let pacer = HostPacer()
    private let cache = SessionCache()
    private let robots: RobotsRules

    init(_ settings: LiveSearchSettings, resolver: (any NameResolver)? = nil) {
        self.settings = settings.pages
        var limits = OutboundSettings()
        limits.userAgent += settings.contact.map { " (+\($0))" } ?? ""
        limits.timeout = settings.pages.timeout
        limits.idleTimeout = min(limits.idleTimeout, settings.pages.timeout)
        limits.decompresses = true
        limits.maximumBodyBytes = DocumentReader.maximumBytes
        services = OutboundClient(
            limits, reaching: .any, resolver: resolver ?? HostResolver(threads: 4))
        // Also when pages are to be small, `robots.txt` is read as far as it counts.
        limits.maximumBodyBytes = max(settings.pages.maximumBytes, RobotsRules.maximumBytes)
        pages = OutboundClient(
            limits, reaching: .public(and: settings.pages.allowedAddresses),
            resolver: resolver ?? HostResolver(threads: 4))
        robots = RobotsRules()
    }

    func shutdown() async {
        await services.shutdown()
        await pages.shutdown()
    }

    // MARK: Services

    /// What a service answers with success.
    ///
    /// - Parameter interval: between two requests to it.
    /// - Throws: `AgentFailure`, and `CancellationError`.
    func answer(
        of url: OutboundURL, accepting type: String, every interval: Duration, in session: String
    ) async throws -> FetchedAnswer {
        if let known = cache.answer(for: url.text, in: session) { return known }
        try await pacer.turn(at: url.host, interval: interval)
        let request = OutboundRequest(.GET, url, headers: ["accept": type])
        let response = try await send(request, through: services)
        if let failure = response.head.agentFailure() { throw failure }
        return kept(response, for: url, in: session)
    }

    // MARK: Pages

    /// A page that can be read.
    ///
    /// - Throws: `AgentFailure`: `address_refused`, `robots_refused`, `answer_404` and its kind, and those of
    ///   connections; and `CancellationError`.
    func page(at url: OutboundURL, in session: String) async throws -> FetchedAnswer {
        if let known = cache.answer(for: url.text, in: session) { return known }
        let request = OutboundRequest(
            .GET, url, headers: ["accept": Self.readable, "accept-language": "en, *;q=0.5"])
        let response = try await follow(request) { place in
            guard try await self.isAllowed(place, in: session) else {
                throw AgentFailure(
                    .permanent, code: "robots_refused",
                    message: "\(place): its host's robots.txt asks not to fetch it")
            }
        }
        if let failure = response.head.agentFailure() { throw failure }
        guard response.body.count <= settings.maximumBytes else {
            let failure = OutboundError.tooLarge(.body, limit: settings.maximumBytes)
            throw failure.agentFailure
        }
        return kept(response, for: url, in: session)
    }

    private static let readable =
        "text/html, application/xhtml+xml, text/markdown, text/plain;q=0.9"

    /// Each place that redirects lead to is met like the first: at its host's pace, and asked about before.
    private func follow(
        _ original: OutboundRequest, asking isWelcome: (OutboundURL) async throws -> Void
    ) async throws -> OutboundResponse {
        var request = original
        for _ in 0...Self.maximumRedirects {
            try await isWelcome(request.url)
            try await pacer.turn(at: request.url.host, interval: settings.interval)
            let response = try await send(request, through: pages)
            guard let place = response.head.redirect else { return response }
            do {
                request = try request.redirected(to: place)
            } catch {
                throw error.agentFailure
            }
        }
        throw OutboundError.tooManyRedirects(limit: Self.maximumRedirects).agentFailure
    }

    private static let maximumRedirects = 5

    /// By the rules of RFC 9309, section 2.3.1: a host without rules allows everything, one that cannot say
    /// what they are allows nothing now.
    private func isAllowed(_ url: OutboundURL, in session: String) async throws -> Bool {
        guard settings.respectsRobots else { return true }
        let place = try robotsURL(of: url)
        if let known = cache.answer(for: place.text, in: session) {
            return robots.allow(url.path, by: known.body)
        }
        var response = try await follow(OutboundRequest(.GET, place)) { _ in }
        switch response.head.status {
        case 200..<300: break
        case 300..<500 where response.head.status != 429: response.body = []
        default:
            throw response.head.agentFailure(detail: "of robots.txt")
                ?? AgentFailure(.transient, code: "robots_unavailable", message: "\(place)")
        }
        return robots.allow(url.path, by: kept(response, for: place, in: session).body)
    }

    private func robotsURL(of url: OutboundURL) throws -> OutboundURL {
        do {
            return try url.resolving("/robots.txt")
        } catch {
            throw error.agentFailure
        }
    }

    // MARK: Requests

    private func send(
        _ request: OutboundRequest, through client: OutboundClient
    ) async throws -> OutboundResponse {
        do {
            let response = try await client.send(request)
            if let span = response.head.retryAfter {
                pacer.rest(request.url.host, for: span.duration)
            }
            return response
        } catch let error as OutboundError {
            var failure = error.agentFailure
            failure.message = "\(request.url): \(failure.message)"
            throw failure
        }
    }

    private func kept(
        _ response: OutboundResponse, for url: OutboundURL, in session: String
    ) -> FetchedAnswer {
        let answer = FetchedAnswer(
            url: response.head.url.text, mediaType: response.head.mediaType, body: response.body)
        cache.keep(answer, for: url.text, in: session)
        return answer
    }
}
