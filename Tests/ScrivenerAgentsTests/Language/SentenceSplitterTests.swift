// Sentences are what a report quotes: a wrong split puts half a sentence into a source's mouth.

import Testing

@testable import ScrivenerAgents

@Suite struct SentenceSplitterTests {
    /// Each row is a text, with `|` where a sentence ends. The failures behind them: a quotation
    /// that stops at "e.g.", at the dot of a version, at an initial, or at a function's name.
    @Test(arguments: [
        "The log is synced. | Then the page is written.",
        "Use a journal, e.g. the rollback journal. | It is deleted at commit.",
        "A page, i.e. a block of 4,096 bytes, is atomic.",
        "Version 3.7.0 added WAL. | Version 3.11.0 removed a limit.",
        "Call sqlite3_open() first. | sqlite3_close() comes last.",
        "Set main.db aside. | wal_level must be set.",
        "See Gray et al. for more. | Nothing else is needed.",
        "J. Gray and A. Reuter wrote it. | It is long.",
        "Choose plan B. | The other one is slower.",
        "2.1. Checkpointing is needed.",
        "Does it survive? | Yes! | It does.",
        "It waits... and then goes on.",
        "He said \"stop.\" | Then he left.",
        "(It is safe.) | It is fast.",
        "It recovers.(1) | And it is fast.",
        "No. 5 is the limit. | No. | That is all.",
        "The cost is 3.5 | ".replacing(" | ", with: ""),
        "Ends without a stop",
        "WAL vs. rollback is a choice. | Both are safe.",
        "Es ist sicher. | Ähnlich ist es hier.",
    ])
    func splits(_ row: String) {
        let expected = row.split(separator: "|").map { part in
            part.split(separator: " ").joined(separator: " ")
        }
        let text = expected.joined(separator: " ")
        #expect(SentenceSplitter.sentences(in: text).map(String.init) == expected)
    }

    /// Text that is all stops, blanks or nothing must neither trap nor loop.
    @Test(arguments: ["", " ", "...", ". . .", "?!", "(1)", "\u{2026}\u{2026} ", "a.b.c."])
    func oddText(_ text: String) {
        let sentences = SentenceSplitter.sentences(in: text)
        #expect(sentences.allSatisfy { !$0.isEmpty })
        let kept = sentences.joined().filter { !$0.isWhitespace }
        #expect(kept == text.filter { !$0.isWhitespace })
    }

    /// No word of a page may get lost between two sentences.
    @Test func keepsEveryWordOfAPage() throws {
        for passage in try CorpusFixture.document("sqlite/wal.html").passages {
            let sentences = SentenceSplitter.sentences(in: passage.text)
            #expect(sentences.joined(separator: " ") == passage.text)
        }
    }
}
