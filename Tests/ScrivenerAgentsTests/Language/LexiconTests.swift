// Terms decide what counts as the same word.

import Testing

@testable import ScrivenerAgents

@Suite struct LexiconTests {
    /// A question about "a crash" must find "crashes" and "crashed".
    @Test(arguments: [
        ("crash", "crashes"), ("crash", "crashed"), ("survive", "survives"),
        ("transaction", "transactions"), ("PostgreSQL", "postgresql"), ("disk", "disk's"),
        ("disk", "disk\u{2019}s"),
    ])
    func sameTerm(_ left: String, _ right: String) throws {
        let lexicon = try Lexicon()
        #expect(lexicon.terms(in: left) == lexicon.terms(in: right))
        #expect(lexicon.terms(in: left).count == 1)
    }

    /// "wal_level" and "3.7.0" are names: a stemmer must not eat their ends.
    @Test func identifiersStayWhole() throws {
        let lexicon = try Lexicon()
        _ = lexicon.terms(in: "Set wal_levels in 3.7.0, or 1,000 times: write-ahead")
        #expect(lexicon.stems == ["set", "wal_levels", "3.7.0", "1,000", "time", "write", "ahead"])
    }

    @Test func stopWordsAreNoTerms() throws {
        #expect(try Lexicon().terms(in: "What is it that they don't do?").isEmpty)
    }

    @Test func stemmer() throws {
        let stemmer = try Stemmer()
        #expect(stemmer.stem("recovering") == "recov")
        #expect(stemmer.stem("") == "")
        let long = String(repeating: "ab", count: 5_000)
        #expect(stemmer.stem(long) == long)
    }

    @Test func tokens() {
        let words = Tokenizer.words(in: "It doesn't (quite) fit: main.db, na\u{EF}ve \u{2013} 'x'.")
        #expect(
            words.map(String.init) == [
                "It", "doesn't", "quite", "fit", "main", "db", "na\u{EF}ve", "x",
            ])
    }
}
