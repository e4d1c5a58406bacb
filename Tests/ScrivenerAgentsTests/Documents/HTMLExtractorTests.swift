import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct HTMLExtractorTests {
    /// A report that calls a page by another name than the page does, or dates it wrongly.
    @Test func readsTitleDateAndHeadingsOfARealPage() throws {
        let page = try ExampleCorpus.document("sqlite/wal.html")
        #expect(page.title == "Write-Ahead Logging")
        #expect(page.published == "2018-11-26")
        #expect(page.authors == [])
        #expect(page.kind == .documentation)
        #expect(
            page.headings.prefix(4) == [
                "1. Overview", "2. How WAL Works", "2.1. Checkpointing", "2.2. Concurrency",
            ])
        #expect(page.headings.last == "10. Backwards Compatibility")
    }

    /// Evidence under the wrong heading: the passage is right and its section is not.
    @Test func putsPassagesUnderTheirHeadings() throws {
        let page = try ExampleCorpus.document("sqlite/wal.html")
        let found = page.passages.first { $0.text.hasPrefix("Writers merely append new content") }
        #expect(found?.headings == ["2. How WAL Works", "2.2. Concurrency"])
        #expect(found?.text.contains("writers and readers can run at the same time.") == true)
        #expect(
            page.passages.contains { $0.text == "WAL is significantly faster in most scenarios." })
    }

    /// DocBook pages nest their headings in boxes; notes end with their box, terms with their
    /// definition. A flat reading puts half a page under "Tip".
    @Test func understandsTheBoxesOfDocBook() throws {
        let page = try ExampleCorpus.document("postgresql/wal-intro.html")
        let title = "30.3. Write-Ahead Logging (WAL)"
        #expect(page.title == title)
        #expect(page.headings == [title, "Tip"])
        #expect(page.published == nil)
        #expect(page.passages.map(\.headings) == [[title], [title, "Tip"], [title], [title]])

        let settings = try ExampleCorpus.document("postgresql/runtime-config-wal.html")
        let fsync = settings.passages.first { $0.text.hasPrefix("Examples of safe circumstances") }
        #expect(
            fsync?.headings == ["20.5. Write Ahead Log", "20.5.1. Settings", "fsync (boolean)"])
    }

    /// Pages without heading elements: every answer of the FAQ would stand under its first line.
    @Test func takesBoldQuestionsForHeadings() throws {
        let page = try ExampleCorpus.document("sqlite/faq.html")
        let answer = page.passages.first {
            $0.text.hasPrefix("SQLite uses dynamic typing. Content")
        }
        #expect(
            answer?.headings == [
                "Frequently Asked Questions", "(2) What datatypes does SQLite support?",
            ])
    }

    /// Menus, footers and tables of contents quoted in a report as if they were findings.
    @Test func leavesNoNavigation() throws {
        let menus = [
            "Prev", "Next", "Up", "Home", "Small. Fast. Reliable", "Choose any three",
            "Table Of Contents", "Search Documentation", "Search Changelog",
            "This page last modified", "Prev Up", "Table of Contents",
        ]
        for path in try ExampleCorpus.paths() {
            let page = try ExampleCorpus.document(path)
            for text in page.passages.map(\.text) + page.headings {
                #expect(!menus.contains(where: { text == $0 }), "\(path): \(text)")
                #expect(!text.contains("Choose any three"), "\(path)")
                #expect(!text.contains("This page last modified"), "\(path)")
                #expect(!text.contains("toggle_search"), "\(path)")
            }
        }
    }

    /// A quote that a reader cannot find on the page that it is said to be from.
    @Test func everyPassageIsVerbatim() throws {
        var passages = 0
        for path in try ExampleCorpus.paths() {
            let text = try ExampleCorpus.strippedText(path)
            for passage in try ExampleCorpus.document(path).passages {
                passages += 1
                #expect(text.contains(passage.text), "\(path): \(passage.text)")
            }
        }
        #expect(passages > 4000)
    }

    /// Code quoted as prose, or prose that lost the identifiers within it.
    @Test func skipsCodeBlocksAndKeepsInlineCode() throws {
        let texts = try ExampleCorpus.document("sqlite/wal.html").passages.map(\.text)
        #expect(!texts.contains { $0.contains("PRAGMA journal_mode=DELETE;") })
        #expect(texts.contains { $0.contains("the last page_size") || $0.contains("\"-shm\"") })
        let intro = try ExampleCorpus.document("postgresql/wal-intro.html").passages.map(\.text)
        #expect(intro.contains { $0.contains("one fsync of the log file may suffice") })
    }

    /// wal.html strikes out "It is not possible to open read-only WAL databases": a report that
    /// states it says the opposite of the page.
    @Test func leavesOutWhatIsStruckOut() throws {
        let texts = try ExampleCorpus.document("sqlite/wal.html").passages.map(\.text)
        #expect(!texts.contains { $0.contains("It is not possible to open read-only WAL") })
        #expect(
            texts.contains {
                $0.hasPrefix("Beginning with version 3.22.0 (2018-01-22), a read-only")
            })
    }

    /// A page of links to chapters has no text of its own, and must not be padded with them.
    @Test func aTableOfContentsHasNoPassages() throws {
        let page = try ExampleCorpus.document("postgresql/brin.html")
        #expect(page.title == "Chapter 71. BRIN Indexes")
        #expect(page.passages.isEmpty)
    }

    /// All pages of the corpus give their own title, and nearly all give text.
    @Test func readsTheWholeCorpus() throws {
        let pages = try ExampleCorpus.paths().map { ($0, try ExampleCorpus.document($0)) }
        #expect(pages.count == 172)
        #expect(pages.allSatisfy { !$0.1.title.isEmpty })
        #expect(pages.filter { $0.1.passages.isEmpty }.count <= 6)
        #expect(pages.filter { $0.0.hasPrefix("sqlite/") }.allSatisfy { $0.1.published != nil })
    }
}
