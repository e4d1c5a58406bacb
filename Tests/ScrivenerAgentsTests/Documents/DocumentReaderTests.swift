import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct DocumentReaderTests {
    private func code(_ bytes: [UInt8], _ path: String) -> String? {
        do throws(AgentFailure) {
            _ = try DocumentReader.read(bytes, path: path)
            return nil
        } catch {
            return error.code
        }
    }

    /// A corpus with a video in it, or a log of gigabytes.
    @Test func refusesWhatItDoesNotUnderstand() {
        #expect(code([1], "a/film.mp4") == "document_unsupported")
        #expect(code([1], "a/.html") == "document_unsupported")
        #expect(code([1], "noending") == "document_unsupported")
        #expect(code([0xFF, 0xFE, 0x00], "notes.txt") == "document_not_text")
        #expect(code(Array("a\0b".utf8), "notes.md") == "document_not_text")
        #expect(code([], "page.html") == "document_unreadable")
        let large = [UInt8](repeating: 0x20, count: DocumentReader.maximumBytes + 1)
        #expect(code(large, "page.html") == "document_too_large")
    }

    /// Marks of Markdown in a quote, and code quoted as prose.
    @Test func readsMarkdown() throws {
        let text = """
            ---
            title: "Locks, explained"
            authors: [Ada Lovelace, Charles Babbage]
            date: 2021-03-04
            ---
            Locks
            =====

            A **lock** keeps _two_ writers apart, as [the manual](http://x/y_(z)) of `flock` says.

            ```c
            int not_prose(void) { return 1; }
            ```

            ## When to use them ##

            - Whenever two processes write the same file
              at the same time.
            - Never for readers, of *any* kind.

            > A quotation is running text too.

            | a | b |
            |---|---|

                indented code is no prose either
            """
        let page = try DocumentReader.read(Array(text.utf8), path: "notes/locks.md")
        #expect(page.title == "Locks, explained")
        #expect(page.authors == ["Ada Lovelace", "Charles Babbage"])
        #expect(page.published == "2021-03-04")
        #expect(page.headings == ["Locks", "When to use them"])
        #expect(
            page.passages == [
                Passage(
                    headings: ["Locks"],
                    text: "A lock keeps two writers apart, as the manual of flock says."),
                Passage(
                    headings: ["Locks", "When to use them"],
                    text: "Whenever two processes write the same file at the same time."),
                Passage(
                    headings: ["Locks", "When to use them"],
                    text: "Never for readers, of any kind."),
                Passage(
                    headings: ["Locks", "When to use them"],
                    text: "A quotation is running text too."),
            ])
    }

    /// Without front matter and headings, the file's name is the title.
    @Test func readsPlainTextAndNamesFiles() throws {
        let text = "\u{FEFF}On Locks\n\nA lock keeps two writers\napart from each other.\n\nshort\n"
        let page = try DocumentReader.read(Array(text.utf8), path: "notes/locks.txt")
        #expect(page.title == "On Locks")
        #expect(
            page.passages == [
                Passage(headings: [], text: "A lock keeps two writers apart from each other.")
            ])
        let bare = try DocumentReader.read(Array("Only one sentence here.".utf8), path: "a/b.md")
        #expect(bare.title == "b")
    }

    /// A file of 8 MiB that is one paragraph, or a million: neither may become a payload as large.
    @Test(arguments: [
        "<p>one two three four five</p>", "one two three four five\n", "<h1>x y</h1>",
    ])
    func boundsWhatItReads(_ piece: String) throws {
        let html = String(repeating: piece, count: 2_000_000 / piece.utf8.count)
        let page = try DocumentReader.read(Array(html.utf8), path: "a.html")
        #expect(page.passages.count <= DocumentText.maximumPassages)
        #expect(page.headings.count <= DocumentText.maximumPassages)
        #expect(page.passages.allSatisfy { $0.text.utf8.count <= DocumentText.maximumPassageBytes })
        #expect(html.contains(page.passages.first?.text.prefix(20) ?? "x y"))
    }

    @Test(arguments: [
        ("2018-11-26 12:01:01 UTC", "2018-11-26"), ("26 November 2018", "2018-11-26"),
        ("Nov 26, 2018", "2018-11-26"), ("2018-11-26T12:01:01Z", "2018-11-26"),
        ("2018-13-45", nil), ("in spring", nil), ("", nil),
    ])
    func readsDates(_ text: String, _ date: String?) {
        #expect(PublicationDate.iso8601(in: text) == date)
    }
}
