// References against strings written by hand after the manuals. A reference that no librarian would
// accept is worse than none, because it looks right.

import ScrivenerAgentKit
import ScrivenerModel
import Testing

@testable import ScrivenerAgents

@Suite struct ReferenceStyleTests {
    private func work(
        _ title: String, authors: [String] = [], published: String? = nil,
        locator: String = "sqlite/wal.html"
    ) -> CitedWork {
        CitedWork(
            Source(
                locator: locator, title: title, kind: .documentation, confidence: 1,
                authors: authors, published: published))
    }

    @Test func onePersonAndAFullDate() {
        let work = work(
            "Write-Ahead Logging", authors: ["D. Richard Hipp"], published: "2010-07-21",
            locator: "https://sqlite.org/wal.html")
        #expect(
            APAStyle.format(work)
                == "Hipp, D. R. (2010, July 21). Write-Ahead Logging. https://sqlite.org/wal.html")
        #expect(
            MLAStyle.format(work)
                == "Hipp, D. Richard. “Write-Ahead Logging.” 21 July 2010, "
                + "https://sqlite.org/wal.html."
        )
        #expect(
            ChicagoStyle.format(work)
                == "Hipp, D. Richard. 2010. “Write-Ahead Logging.” July 21, 2010. "
                + "https://sqlite.org/wal.html."
        )
        #expect(
            IEEEStyle.format(work)
                == "D. R. Hipp, “Write-Ahead Logging,” July 21, 2010. [Online]. "
                + "Available: https://sqlite.org/wal.html"
        )
        #expect(
            BibTeXEntry.format(work, key: "hipp2010")
                == """
                @misc{hipp2010,
                  author = {Hipp, D. Richard},
                  title = {{Write-Ahead Logging}},
                  year = {2010},
                  month = {7},
                  day = {21},
                  url = {https://sqlite.org/wal.html}
                }
                """)
    }

    /// Most pages of a manual name no author and no date; "(Unknown, 1970)" would be made up.
    @Test func noAuthorAndNoDate() {
        let work = work("Write-Ahead Logging")
        #expect(APAStyle.format(work) == "Write-Ahead Logging. (n.d.). sqlite/wal.html")
        #expect(MLAStyle.format(work) == "“Write-Ahead Logging.” sqlite/wal.html.")
        #expect(ChicagoStyle.format(work) == "“Write-Ahead Logging.” n.d. sqlite/wal.html.")
        #expect(
            IEEEStyle.format(work)
                == "“Write-Ahead Logging,” n.d. [Online]. Available: sqlite/wal.html")
        #expect(
            BibTeXEntry.format(work, key: "w")
                == """
                @misc{w,
                  title = {{Write-Ahead Logging}},
                  note = {n.d.},
                  howpublished = {sqlite/wal.html}
                }
                """)
    }

    /// An organisation must not be turned round into "Group, T. P. G. D."
    @Test func anOrganisationAndAYear() {
        let work = work(
            "Is WAL safe?", authors: ["The PostgreSQL Global Development Group"],
            published: "2024")
        let name = "The PostgreSQL Global Development Group"
        #expect(APAStyle.format(work) == "\(name). (2024). Is WAL safe? sqlite/wal.html")
        #expect(MLAStyle.format(work) == "\(name). “Is WAL safe?” 2024, sqlite/wal.html.")
        #expect(ChicagoStyle.format(work) == "\(name). 2024. “Is WAL safe?” sqlite/wal.html.")
        #expect(
            IEEEStyle.format(work)
                == "\(name), “Is WAL safe?” 2024. [Online]. Available: sqlite/wal.html")
        #expect(BibTeXEntry.format(work, key: "k").contains("author = {{\(name)}}"))
    }

    @Test func threePersons() {
        let work = work(
            "Notes", authors: ["Jim Gray", "Reuter, Andreas", "Ludwig van Beethoven Jr."],
            published: "1992-05")
        #expect(
            APAStyle.format(work)
                == "Gray, J., Reuter, A., & van Beethoven, L., Jr. (1992, May). Notes. "
                + "sqlite/wal.html"
        )
        #expect(MLAStyle.format(work) == "Gray, Jim, et al. “Notes.” May 1992, sqlite/wal.html.")
        #expect(
            ChicagoStyle.format(work)
                == "Gray, Jim, Andreas Reuter, and Ludwig van Beethoven, Jr. 1992. “Notes.” "
                + "May 1992. sqlite/wal.html."
        )
        #expect(
            IEEEStyle.format(work)
                == "J. Gray, A. Reuter, and L. van Beethoven, Jr., “Notes,” May 1992. [Online]. "
                + "Available: sqlite/wal.html"
        )
        #expect(
            BibTeXEntry.format(work, key: "k")
                .contains("author = {Gray, Jim and Reuter, Andreas and van Beethoven, Jr., Ludwig}")
        )
    }

    @Test func twoPersonsAndManyPersons() {
        let two = work("Notes", authors: ["Jim Gray", "Jean-Pierre Dupont"])
        #expect(APAStyle.format(two) == "Gray, J., & Dupont, J.-P. (n.d.). Notes. sqlite/wal.html")
        #expect(
            MLAStyle.format(two) == "Gray, Jim, and Jean-Pierre Dupont. “Notes.” sqlite/wal.html.")
        #expect(
            IEEEStyle.format(two)
                == "J. Gray and J.-P. Dupont, “Notes,” n.d. [Online]. Available: sqlite/wal.html")
        let many = work("Notes", authors: (1...21).map { "Ann Author\($0)" })
        #expect(APAStyle.format(many).contains("Author19, A., . . . Author21, A. (n.d.)"))
        #expect(
            ChicagoStyle.format(many)
                .hasPrefix("Author1, Ann, Ann Author2, Ann Author3, Ann Author4, Ann Author5, "))
        #expect(ChicagoStyle.format(many).contains("Ann Author7, et al. n.d."))
        #expect(IEEEStyle.format(many).hasPrefix("A. Author1 et al., “Notes,”"))
    }

    /// A date that is no ISO date is printed in the document's words, not guessed at.
    @Test(arguments: ["Spring 2010", "2010-13-01", "21/07/2010", "2010-7-1"])
    func datesInOtherWords(_ published: String) {
        #expect(
            APAStyle.format(work("Notes", published: published))
                == "Notes. (\(published)). sqlite/wal.html")
    }

    @Test func timestamps() {
        let work = work("Notes", published: "2010-07-21T10:00:00Z")
        #expect(APAStyle.format(work) == "Notes. (2010, July 21). sqlite/wal.html")
    }

    /// A title that ends the field, or the entry, and runs commands in whoever compiles it.
    @Test func hostileBibTeX() {
        let work = work(
            "1% \\input{x} & $x_1^2 ~#}, e = {", authors: ["A. {B} and C"],
            locator: "https://example.org/a_b?x=%7E}{\\")
        #expect(
            BibTeXEntry.format(work, key: "k")
                == ##"""
                @misc{k,
                  author = {C, A. \{B\} {and}},
                  title = {{1\% \textbackslash{}input\{x\} \& \$x\_1\textasciicircum{}2 \textasciitilde{}\#\}, e = \{}},
                  note = {n.d.},
                  url = {https://example.org/a_b?x=%7E%7D%7B%5C}
                }
                """##)
    }

    @Test func bibTeXKeysAreUniqueAndPlain() {
        var keys = BibTeXKeys()
        let one = work("Write-Ahead Logging", authors: ["D. Richard Hipp"], published: "2010")
        #expect(keys.key(for: one) == "hipp2010")
        #expect(keys.key(for: one) == "hipp2010-2")
        #expect(keys.key(for: work("Über {WAL}, \\ explained")) == "berwalexplained")
        #expect(keys.key(for: work("数据库")) == "source")
        #expect(keys.key(for: work("数据库")) == "source-2")
    }

    /// The list in the style asked for, and every style in the payload.
    @Test(arguments: ReferenceStyle.allCases)
    func theStyleAskedFor(_ style: ReferenceStyle) async throws {
        let session = try await SessionRun(
            CorpusFixture.crashQuestion, [try CorpusFixture.document("sqlite/wal.html")],
            style: style.rawValue)
        let list: CitationList = try session.citation.payload.decode()
        #expect(list.style == style)
        let reference = try #require(list.references.first)
        let prefix = style == .ieee ? "[1] " : ""
        #expect(list.referenceList == [prefix + reference.text(style)])
        let report: Report = try session.report.payload.decode()
        #expect(!report.markdown.contains("@misc"))
    }
}
