// The file that says through whom the research agent searches.

import ScrivenerModel
import ScrivenerOutbound
import Testing

@testable import ScrivenerAgents

struct LiveSearchFileTests {
    private func read(_ text: String) throws -> LiveSearchSettings {
        try LiveSearchFile.settings(in: Array(text.utf8), isJSON: false)
    }

    @Test func `The least that is enough`() throws {
        let web = try read("services: {searxng: {url: http://127.0.0.1:8888}}")
        #expect(web.webSearch == [.searxng])
        #expect(web.academicSearch == [])
        let papers = try read("services: {arxiv: , openalex: {}}")
        #expect(papers.webSearch == [.arxiv, .openalex])
        #expect(papers.academicSearch == [.arxiv, .openalex])
        #expect(papers.arxiv?.url.text == "https://export.arxiv.org/api/query")
        #expect(papers.arxiv?.interval == .seconds(3))
        #expect(papers.pages == LiveSearchSettings.Pages())
    }

    @Test func `Every field`() throws {
        let settings = try read(
            """
            contact: mailto:ops@example.org
            services:
              searxng:
                url: https://search.example.org/x/
                categories: [general, it]
                language: en
                seconds_between_requests: 0.5
              arxiv: {seconds_between_requests: 5}
              openalex: {url: "http://127.0.0.1:1/works"}
            web_search: [searxng, openalex]
            academic_search: [openalex]
            pages:
              allow_addresses: [10.0.0.0/8, "::1"]
              max_bytes: 1000
              timeout_seconds: 5
              seconds_between_requests: 2
              respect_robots: false
            """)
        var expected = LiveSearchSettings()
        expected.contact = "mailto:ops@example.org"
        expected.searxng = LiveSearchSettings.SearXNG(
            url: try OutboundURL("https://search.example.org/x/"), categories: ["general", "it"],
            language: "en", interval: .seconds(0.5))
        expected.arxiv = LiveSearchSettings.ArXiv(
            url: try OutboundURL("https://export.arxiv.org/api/query"), interval: .seconds(5))
        expected.openalex = LiveSearchSettings.OpenAlex(
            url: try OutboundURL("http://127.0.0.1:1/works"))
        expected.webSearch = [.searxng, .openalex]
        expected.academicSearch = [.openalex]
        expected.pages = LiveSearchSettings.Pages(
            allowedAddresses: ["10.0.0.0/8", "::1"].compactMap(AddressRange.init),
            maximumBytes: 1_000, timeout: .seconds(5), interval: .seconds(2),
            respectsRobots: false)
        #expect(settings == expected)
    }

    /// Whoever starts a worker wants one round of corrections.
    @Test func `All mistakes are told at once, with their places`() throws {
        let error = try #require(throws: ScrivenerError.self) {
            try read(
                """
                contact: "two words"
                services: {searxng: {categories: ["a,b"]}, google: {}, arxiv: {seconds_between_requests: -1}}
                web_search: [openalex]
                pages: {allow_addresses: [10.0.0.1/8], colour: red}
                """)
        }
        #expect(
            Set(error.mistakes.map(\.path)).isSuperset(of: [
                "/contact", "/services/searxng/url", "/services/google",
                "/services/arxiv/seconds_between_requests", "/web_search/0",
                "/pages/allow_addresses/0", "/pages/colour",
            ]), "\(error)")
    }

    @Test func `A file without services is of no use`() throws {
        let error = try #require(throws: ScrivenerError.self) { try read("contact: a@b.example") }
        #expect(error.mistakes.map(\.path) == ["/services"])
    }

    @Test func `The research agent searches one or the other`() throws {
        let search = try read("services: {arxiv: }")
        #expect(
            try BuiltInAgents.make("research", corpus: nil, search: search) is LiveResearchAgent)
        #expect(throws: ScrivenerError.self) {
            try BuiltInAgents.make("research", corpus: "/c", search: search)
        }
        #expect(throws: ScrivenerError.self) { try BuiltInAgents.make("research", corpus: nil) }
    }
}
