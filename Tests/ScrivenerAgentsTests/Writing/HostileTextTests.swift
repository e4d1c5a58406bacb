// Documents are written by others. Whatever stands in them must arrive as text.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct HostileTextTests {
    private static let nasty =
        #"<script>alert(1)</script> ](javascript:alert(1)) `code` | pipe | "quote' &amp; "#
        + #"*bold* _em_ <img src=x onerror=y> $x$ ~~s~~ \"#

    private func page() -> RenderablePage {
        let quotation = Quotation(
            text: Self.nasty, citation: 1, source: Self.nasty, title: Self.nasty,
            section: Self.nasty)
        let section = DraftSection(
            role: .findings, heading: Self.nasty,
            blocks: [
                .paragraph([.prose(Self.nasty), .name(Self.nasty), .lead(Self.nasty)]),
                .bullets([[.quotation(quotation), .citation(1)]]),
            ])
        return RenderablePage(
            title: Self.nasty, sections: [section],
            references: [
                (1, Self.nasty, "javascript:alert(1)"),
                (2, "See https://a.example/?x=1&y='2'", "https://a.example/?x=1&y='2'"),
            ])
    }

    /// A page that runs what a source says.
    @Test func html() {
        let html = HTMLRenderer.render(page())
        let tags = html.split(separator: "<").dropFirst().map { tag in
            String(tag.prefix { $0.isLetter || $0 == "/" || $0 == "!" })
        }
        let known: Set<String> = [
            "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "header", "h", "nav",
            "ol",
            "li", "a", "main", "section", "p", "em", "strong", "ul", "q", "span", "cite",
        ]
        for tag in Set(tags) {
            #expect(known.contains(tag.hasPrefix("/") ? String(tag.dropFirst()) : tag), "<\(tag)>")
        }
        #expect(!html.contains("<script"))
        #expect(!html.contains("href=\"javascript"))
        #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(html.contains("&amp;amp;"))
        #expect(
            html.contains(
                "See <a href=\"https://a.example/?x=1&amp;y=&#39;2&#39;\" rel=\"noreferrer\">"))
    }

    /// A quotation that becomes a link, a table or code in whoever's viewer.
    @Test func markdown() {
        let markdown = MarkdownRenderer.render(page())
        let characters = Array(markdown)
        for (index, character) in characters.enumerated()
        where ["<", ">", "`", "|", "~", "$"].contains(character) {
            #expect(index > 0 && characters[index - 1] == "\\")
        }
        #expect(!markdown.contains("](") || markdown.contains("\\]("))
        #expect(!markdown.replacing("\\](", with: "").contains("]("))
        #expect(markdown.contains(#"\<script\>alert(1)\</script\>"#))
    }

    /// Text at the beginning of a line that would begin a heading, a list or a new paragraph.
    @Test(arguments: [
        ("# h", "\\# h"), ("- x", "\\- x"), ("+ x", "\\+ x"), ("1. x", "1\\. x"),
        ("12) x", "12\\) x"), ("a\n\n# b", "a # b"), ("wal_level _x_", "wal_level \\_x\\_"),
        ("=== x", "\\=== x"), ("a \\ b", "a \\\\ b"), ("\u{202E}abc\u{0}", "abc"),
    ])
    func markdownLines(_ text: String, _ expected: String) {
        #expect(MarkdownRenderer.escaped(text) == expected)
    }

    @Test(arguments: [
        ("https://example.org/a", true), ("HTTP://example.org", true),
        ("javascript:alert(1)", false), ("data:text/html,x", false), ("sqlite/wal.html", false),
        ("https://a\" onclick=\"x", false), ("//example.org", false),
    ])
    func webAddresses(_ locator: String, _ isAddress: Bool) {
        #expect(OutsideText.isWebAddress(locator) == isAddress)
    }

    /// The whole way: a hostile document is quoted, verbatim in the payload and neutral in the
    /// page.
    @Test func aHostileDocument() async throws {
        var document = try CorpusFixture.document("sqlite/wal.html")
        document.title = "</title><script>alert(1)</script>"
        document.path = "javascript:alert(document.cookie)"
        document.authors = ["<b>Eve</b> ](http://evil.example)"]
        document.passages.append(
            Passage(
                headings: ["](javascript:alert(1))"],
                text:
                    "SQLite survives every crash because crash recovery in SQLite runs "
                    + "[code](javascript:alert(1)) and survives."
            ))
        let session = try await SessionRun("How does SQLite survive a crash?", [document])
        let report: Report = try session.report.payload.decode()
        let review: QualityReview = try session.review.payload.decode()
        #expect(!review.misses.contains { $0.code == "not_verbatim" })
        #expect(!report.html.contains("<script"))
        #expect(!report.html.contains("<b>"))
        #expect(!report.html.contains("href=\"javascript"))
        #expect(!report.markdown.replacing("\\](", with: "").contains("]("))
    }

    /// A title with its manual's number reads badly in a sentence, and a version is no such number.
    @Test(arguments: [
        ("30.3. Write-Ahead Logging (WAL)", "Write-Ahead Logging (WAL)"),
        ("Chapter 30. Reliability", "Reliability"), ("1.0 Locking", "Locking"),
        ("3.", "3."), ("2024 in review", "2024 in review"), ("SQLite 3.7.0", "SQLite 3.7.0"),
    ])
    func unnumbered(_ title: String, _ expected: String) {
        #expect(Phrasing.unnumbered(title) == expected)
    }
}
