// Real text for the tests: pages of the SQLite and PostgreSQL manuals, as the repository ships them
// for its examples. The tags are taken off crudely here on purpose: these tests must not depend on
// the extraction agent, and text with a rough edge is what extraction yields in practice, too.

import Foundation
import ScrivenerModel

@testable import ScrivenerAgents

enum CorpusFixture {
    /// Twelve pages that bear on crashes, six on each database.
    static let crashPages = [
        "sqlite/wal.html", "sqlite/howtocorrupt.html", "sqlite/lockingv3.html",
        "sqlite/psow.html", "sqlite/isolation.html", "sqlite/tempfiles.html",
        "postgresql/wal-intro.html", "postgresql/wal-reliability.html",
        "postgresql/wal-configuration.html", "postgresql/wal-async-commit.html",
        "postgresql/wal-internals.html", "postgresql/non-durability.html",
    ]
    static let crashQuestion = "How do SQLite and PostgreSQL survive a crash?"

    static func crashDocuments() throws -> [ExtractedDocument] {
        try crashPages.map { try document($0) }
    }

    /// A page of `examples/corpus`.
    static func document(_ path: String, confidence: Double = 0.8) throws -> ExtractedDocument {
        let url = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../examples/corpus").appending(path: path)
        let html = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        return document(path, html: html, confidence: confidence)
    }

    static func document(_ path: String, html: String, confidence: Double) -> ExtractedDocument {
        var page = CrudePage()
        page.read(html)
        return ExtractedDocument(
            path: path, title: page.title, authors: [], published: nil, kind: .documentation,
            confidence: confidence, passages: page.passages)
    }
}

/// A page without its tags.
private struct CrudePage {
    var title = ""
    var passages: [Passage] = []
    private var headings: [(level: Int, text: String)] = []
    private var text = ""

    mutating func read(_ html: String) {
        var rest = html[...]
        while let open = rest.firstIndex(of: "<") {
            text += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: ">") else { break }
            let tag = rest[rest.index(after: open)..<close]
            rest = rest[rest.index(after: close)...]
            let name = tag.lowercased().prefix { $0.isLetter || $0.isNumber || $0 == "/" }
            switch name {
            case "script", "style", "pre", "table":
                flush()
                rest = rest.firstRange(of: "</" + name).map { rest[$0.upperBound...] } ?? ""
            case "/title":
                title = Self.folded(text)
                text = ""
            case "h1", "h2", "h3", "h4", "/h1", "/h2", "/h3", "/h4":
                heading(String(name))
            case "p", "/p", "li", "/li", "div", "/div", "ul", "ol", "dd", "dt", "/dd", "/dt",
                "body":
                flush()
            default: break
            }
            if tag.contains("navfooter") { return }
        }
    }

    private mutating func heading(_ name: String) {
        guard name.hasPrefix("/") else { return flush() }
        let level = name.last?.wholeNumberValue ?? 1
        headings.removeAll { $0.level >= level }
        headings.append((level, Self.folded(text)))
        text = ""
    }

    private mutating func flush() {
        let folded = Self.folded(text)
        text = ""
        if !folded.isEmpty {
            passages.append(Passage(headings: headings.map(\.text), text: folded))
        }
    }

    private static func folded(_ text: String) -> String {
        var text = text
        for (entity, character) in [
            ("&lt;", "<"), ("&gt;", ">"), ("&nbsp;", " "), ("&mdash;", "\u{2014}"),
            ("&#91;", "["), ("&#93;", "]"), ("&rarr;", "\u{2192}"), ("&amp;", "&"),
        ] { text = text.replacing(entity, with: character) }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
