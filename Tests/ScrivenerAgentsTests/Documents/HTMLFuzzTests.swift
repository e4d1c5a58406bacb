import ScrivenerModel
import Testing

@testable import ScrivenerAgents

/// Documents come from anywhere: no bytes may stop a worker.
@Suite struct HTMLFuzzTests {
    /// SplitMix64 (Steele, Lea, Flood 2014), so that a failing seed fails again.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    private static let pieces = [
        "<", ">", "</", "<!--", "-->", "<table>", "</table>", "<p", "</p>", "<li>", "</div>",
        "<h1>", "<a href=", "&", "&#x0;", "&#1114112;", "&nbsp", "<![CDATA[", "]]>", "<?xml",
        "<script>", "</script>", "<title>", "<svg>", "<template>", "<frameset>", "<plaintext>",
        "\0", "\u{FEFF}", "=\"", "'", "<s>", "<dt>", "<body>", "</html>", "<html>",
    ]

    private static func mutate(_ page: [UInt8], _ random: inout Random) -> [UInt8] {
        var bytes = page
        for _ in 0..<Int.random(in: 1...12, using: &random) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &random)
            let end = min(bytes.count, at + Int.random(in: 0...200, using: &random))
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.removeSubrange(at..<end)
            case 2: bytes.insert(contentsOf: bytes[at..<end], at: at)
            case 3: bytes.removeLast(bytes.count - at)
            default:
                let piece = pieces[Int.random(in: 0..<pieces.count, using: &random)]
                bytes.insert(contentsOf: piece.utf8, at: at)
            }
        }
        return bytes
    }

    /// Mutated real pages: whatever comes of them, it comes without a trap, and keeps its form.
    @Test(arguments: 1...4)
    func survivesMutatedPages(_ seed: UInt64) throws {
        var random = Random(state: seed)
        let paths = [
            "postgresql/wal-intro.html", "sqlite/wal.html", "sqlite/nulls.html",
            "postgresql/storage-page-layout.html", "sqlite/stmt.html", "sqlite/vtablist.html",
        ]
        let pages = try paths.map { Array(try ExampleCorpus.bytes($0).suffix(9000)) }
        for round in 0..<750 {
            let bytes = Self.mutate(pages[round % pages.count], &random)
            guard let page = try? HTMLExtractor.extract(bytes, fallbackTitle: "page") else {
                continue
            }
            #expect(!page.title.isEmpty, "seed \(seed), round \(round)")
            let isFolded = page.passages.allSatisfy { WhiteSpace.folded($0.text) == $0.text }
            #expect(isFolded, "seed \(seed), round \(round)")
        }
    }

    /// Deep nesting: a walk that recurses runs out of stack.
    @Test(arguments: ["div", "b", "ul", "table", "blockquote", "font", "a", "dl", "section"])
    func survivesDeepNesting(_ name: String) throws {
        let html =
            String(repeating: "<\(name)>", count: 100_000) + "one two three four five"
            + String(repeating: "</\(name)>", count: 100_000)
        _ = try? HTMLExtractor.extract(Array(html.utf8), fallbackTitle: "page")
    }

    /// Bytes that are no document at all.
    @Test func refusesOrSurvivesWhatIsNoPage() {
        for bytes: [UInt8] in [[], [0], [0xFF, 0xFE], Array("   ".utf8), Array("<".utf8)] {
            _ = try? HTMLExtractor.extract(bytes, fallbackTitle: "page")
        }
        #expect(throws: AgentFailure.self) {
            try HTMLExtractor.extract([], fallbackTitle: "page")
        }
    }

    /// Markdown from anywhere is no safer than HTML.
    @Test func survivesMutatedMarkdown() throws {
        var random = Random(state: 7)
        let marks = ["#", "*", "`", "[", "](", ")", "<", ">", "\\", "_", "---\n", "```\n", "1. "]
        for _ in 0..<1000 {
            var text = "# Title\n\nSome *words* with `code` and [a link](http://x).\n\n- item\n"
            for _ in 0..<8 {
                let offset = Int.random(in: 0...text.count, using: &random)
                let mark = marks[Int.random(in: 0..<marks.count, using: &random)]
                text.insert(contentsOf: mark, at: text.index(text.startIndex, offsetBy: offset))
            }
            #expect(!MarkdownExtractor.extract(text, fallbackTitle: "page").title.isEmpty)
        }
    }
}
