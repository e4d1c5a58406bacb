// Answers of the services, as they document them and as they come when something is wrong.

import ScrivenerModel
import ScrivenerOutbound
import Testing

@testable import ScrivenerAgents

struct SearchServiceTests {
    @Test func `Results of SearXNG keep their words and drop what no page can be`() throws {
        let body = ServiceFixtures.searxng([
            "https://one.example/wal", "magnet:?xt=urn:btih:1", "https://two.example/wal",
        ])
        let works = try SearXNGService.works(in: Array(body.utf8), limit: 10)
        #expect(works.map(\.url.text) == ["https://one.example/wal", "https://two.example/wal"])
        #expect(works[0].title == "Write-ahead logging, part 1")
        #expect(
            works[0].text == "A write-ahead log makes changes durable before they are applied.")
        #expect(works[0].facts.published == "2023-05-01")
        #expect(works[0].kind == .webArticle)
    }

    /// An instance whose engines have locked it out finds nothing: that is no answer to the question.
    @Test func `Nothing found because no engine answered is a failure`() throws {
        let failure = try #require(throws: AgentFailure.self) {
            try SearXNGService.works(
                in: Array(ServiceFixtures.searxngWithoutEngines.utf8), limit: 5)
        }
        #expect(failure.failureClass == .transient)
        #expect(failure.code == "search_unavailable")
        #expect(failure.message.contains("brave, google"))
        #expect(try SearXNGService.works(in: Array(#"{"results": []}"#.utf8), limit: 5).isEmpty)
    }

    @Test(arguments: ["", "<html>captcha</html>", "[]", #"{"error": "no"}"#])
    func `What is not the documented format is told`(body: String) throws {
        let bytes = Array(body.utf8)
        let failures = [
            try #require(throws: AgentFailure.self) {
                try SearXNGService.works(in: bytes, limit: 5)
            },
            try #require(throws: AgentFailure.self) { try OpenAlexService.works(in: bytes) },
            try #require(throws: AgentFailure.self) { try ArXivService.works(in: bytes) },
        ]
        #expect(
            failures.allSatisfy { $0.code == "invalid_output" && $0.failureClass == .permanent })
    }

    @Test func `Entries of arXiv have page, authors, date and abstract`() throws {
        let works = try ArXivService.works(in: Array(ServiceFixtures.arxiv.utf8))
        let work = try #require(works.first)
        #expect(works.count == 1)
        #expect(work.url.text == "http://arxiv.org/abs/2301.00001v2")
        #expect(work.title == "Write-Ahead Logs & Recovery Revisited")
        #expect(work.facts.authors == ["Ada Example", "Bo Muster"])
        #expect(work.facts.published == "2023-01-01")
        #expect(
            work.facts.abstract
                == "A write-ahead log makes changes durable before they are applied. "
                + "We measure what recovery costs.")
        #expect(work.kind == .academicPaper)
    }

    @Test func `An error of arXiv is no work`() throws {
        let failure = try #require(throws: AgentFailure.self) {
            try ArXivService.works(in: Array(ServiceFixtures.arxivError.utf8))
        }
        #expect(failure.code == "search_refused")
        #expect(failure.message.contains("incorrect query"))
    }

    /// A feed must not read this machine's files, nor grow without end.
    @Test(arguments: [
        #"<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feed><entry><title>&x;</title></entry></feed>"#,
        """
        <!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
        <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><feed><entry><title>&c;</title></entry></feed>
        """,
    ])
    func `Entities of a feed are not replaced`(feed: String) throws {
        // libxml2 refuses some of them by itself.
        do {
            let entries = try AtomFeed.entries(in: Array(feed.utf8))
            #expect(entries.map(\.title) == [""])
        } catch {
            #expect(error.code == "invalid_output")
        }
    }

    @Test func `An abstract of OpenAlex is put together, and what was withdrawn is left out`()
        throws
    {
        let works = try OpenAlexService.works(in: Array(ServiceFixtures.openAlex.utf8))
        #expect(
            works.map(\.url.text) == ["https://doi.org/10.1000/x", "https://example.org/paper"])
        #expect(works[0].facts.abstract == "A log is written the log")
        #expect(works[0].facts.authors == ["Ada Example"])
        #expect(works[0].facts.published == "2023-01-01")
        #expect(works[1].facts.abstract == nil)
    }

    /// RFC 9309, section 2.2.
    @Test(arguments: [
        ("", "/a", true),
        ("User-agent: *\nDisallow: /private", "/private/x", false),
        ("User-agent: *\nDisallow: /private", "/public", true),
        ("User-agent: *\nDisallow: /\nAllow: /open", "/open/x", true),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", false),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x", true),
        ("User-agent: *\nDisallow:", "/a", true),
        ("User-agent: other\nDisallow: /", "/a", true),
        ("User-agent: *\nDisallow: /\n\nUser-Agent: Agent-Scrivener\nAllow: /", "/a", true),
        (
            "User-agent: agent-scrivener/1.0\nUser-agent: other\nDisallow: /a # not this", "/ab",
            false
        ),
        ("Disallow: /", "/a", true),
    ])
    func `Rules of robots are those of the standard`(file: String, path: String, isAllowed: Bool) {
        #expect(RobotsRules().allow(path, by: Array(file.utf8)) == isAllowed)
    }

    /// A host that wants to keep a worker busy: as many names as there is room for.
    @Test(.timeLimit(.minutes(1)))
    func `A file of names alone is read in no time`() {
        let names = String(repeating: "user-agent: x\n", count: RobotsRules.maximumBytes / 14)
        #expect(RobotsRules().allow("/a", by: Array(names.utf8)))
    }

    /// Hosts without `robots.txt` have an answer of no bytes, and there are many hosts.
    @Test func `What is kept is bounded, however small it is`() {
        let cache = SessionCache()
        let most = SessionCache.maximumBytes / SessionCache.leastBytes
        for host in 0..<most + 50 {
            cache.keep(FetchedAnswer(url: "", body: []), for: "http://\(host)/", in: "s")
        }
        #expect(cache.count == most)
        #expect(cache.answer(for: "http://0/", in: "s") == nil)
        #expect(cache.answer(for: "http://\(most)/", in: "s") != nil)
    }
}
