import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct HTMLBoilerplateTests {
    private func read(_ html: String) throws -> DocumentText {
        try HTMLExtractor.extract(Array(html.utf8), fallbackTitle: "page")
    }

    private static let prose = "Here stands a sentence of ordinary running text."

    /// Pages whose framework puts `nav-open` or `menu` on the element around everything: believing
    /// the name leaves an empty page.
    @Test func doesNotBelieveAClassNameOfTheWholePage() throws {
        let page = try read(
            """
            <body class="nav-open"><div class="page-with-menu"><p>\(Self.prose)</p></div>
            <div class="menu"><p>These words are in the menu.</p></div></body>
            """)
        #expect(page.passages.map(\.text) == [Self.prose])
    }

    /// Each kind of surrounding that a page can declare.
    @Test(arguments: [
        "<nav><p>XX</p></nav>", "<footer><p>XX</p></footer>", "<header><p>XX</p></header>",
        "<aside><p>XX</p></aside>", "<div role='navigation'><p>XX</p></div>",
        "<div class='breadcrumbs'><p>XX</p></div>", "<div id='page-toc'><p>XX</p></div>",
        "<div hidden><p>XX</p></div>", "<div style='display: none'><p>XX</p></div>",
        "<script>XX</script>", "<style>XX</style>", "<pre>XX</pre>", "<svg><text>XX</text></svg>",
        "<ul><li><a href='a'>XX</a></li></ul>", "<table><tr><th>XX</th></tr></table>",
        "<del>XX</del>", "<form><button>XX</button><select><option>XX</option></select></form>",
    ])
    func leavesOutSurroundings(_ html: String) throws {
        let part = html.replacing("XX", with: "four words of something")
        let page = try read("<body><p>\(Self.prose)</p>\(part)<p>\(Self.prose)</p></body>")
        #expect(page.passages.map(\.text) == [Self.prose, Self.prose])
    }

    /// Headers within an article hold its first lines, and boxes of notes are text.
    @Test(arguments: [
        "<article><header><p>XX</p></header></article>",
        "<aside class='note'><p>XX</p></aside>", "<div><div>XX</div></div>",
        "<table><tr><td>XX and more of them so that it is prose</td></tr></table>",
        "<ul><li>See <a href='a'>this</a>: XX</li></ul>", "<custom-element>XX</custom-element>",
    ])
    func keepsText(_ html: String) throws {
        let part = html.replacing("XX", with: "four words of something")
        let page = try read("<body><p>\(Self.prose)</p>\(part)</body>")
        #expect(page.passages.contains { $0.text.contains("four words of something") })
    }

    /// A mark `[14]` in a quote looks like a citation of the report that quotes it.
    @Test func removesNoteMarks() throws {
        let page = try ExampleCorpus.document("postgresql/storage-page-layout.html")
        let text = page.passages.first { $0.text.contains("tables and indexes.") }?.text
        #expect(text?.contains("[17]") == false)
    }

    /// Entities, no-break spaces and line breaks that make a quote differ from what is seen.
    @Test func foldsWhiteSpaceAndResolvesEntities() throws {
        let page = try read(
            "<p>a&nbsp;b &lt;c&gt;  &amp;\n\t&eacute;&#x2014;d<br>e <b>f</b>g</p>")
        #expect(page.passages.map(\.text) == ["a b <c> & é—d e fg"])
    }

    @Test func readsMetadata() throws {
        let page = try read(
            """
            <head><title>Locks | The Manual</title><meta name="author" content="Ada Lovelace">
            <meta property="article:published_time" content="2021-03-04T10:00:00Z"></head>
            <body><h1>Locks</h1><a rel="author" href="x">By Charles Babbage</a></body>
            """)
        #expect(page.title == "Locks")
        #expect(page.authors == ["Ada Lovelace", "Charles Babbage"])
        #expect(page.published == "2021-03-04")
        #expect(page.kind == .webArticle)
    }

    @Test(arguments: [
        ("Last updated: March 4, 2021", "2021-03-04"), ("Last modified 4 Mar 2021", "2021-03-04"),
        ("This page was last changed on 2021-03-04.", "2021-03-04"),
    ])
    func readsLastModifiedLines(_ line: String, _ date: String) throws {
        let page = try read("<p>\(Self.prose)</p><p>\(line)</p>")
        #expect(page.published == date)
        #expect(page.passages.map(\.text) == [Self.prose])
    }

    /// Latin-1 pages without any declaration, and UTF-8 pages that declare Latin-1.
    @Test func readsEncodings() throws {
        let latin: [UInt8] = Array("<p>one two three caf".utf8) + [0xE9] + Array("</p>".utf8)
        let page = try HTMLExtractor.extract(latin, fallbackTitle: "page")
        #expect(page.passages.map(\.text) == ["one two three café"])
        let declared = try read(
            "<head><meta charset='iso-8859-1'></head><p>one two three café</p>")
        #expect(declared.passages.map(\.text) == ["one two three café"])
    }
}
