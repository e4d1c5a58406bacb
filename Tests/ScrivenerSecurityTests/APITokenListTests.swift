// The file of tokens: what it holds, and what is refused.

import ScrivenerModel
import Testing

@testable import ScrivenerSecurity

@Suite struct APITokenListTests {
    private static func record(_ name: String, expires: WallTime? = nil) -> APITokenRecord {
        APITokenRecord(
            name: name, scope: .submit, hash: TokenDigest(of: name.utf8),
            created: WallTime(millisecondsSince1970: 1_790_000_000_000), expires: expires)
    }

    @Test("Tokens are read back as they were written")
    func roundTrip() throws {
        var list = APITokenList()
        try list.add(Self.record("ci"))
        try list.add(
            Self.record("guest", expires: WallTime(millisecondsSince1970: 1_790_000_001_000)))
        let read = try APITokenList(Array(("# tokens\n\n" + list.text).utf8), path: "api-tokens")
        #expect(read == list)
        #expect(list.remove("ci") && !list.remove("ci"))
        #expect(list.records.map(\.name) == ["guest"])
    }

    @Test("Every line that cannot be read is told by its place, and not by what it says")
    func mistakes() throws {
        let good = Self.record("ci")
        let lines = [
            "ci submit \(good.hash.text) \(good.created)",
            "ci read \(good.hash.text) \(good.created)",
            "x root \(good.hash.text) \(good.created)", "x read abc \(good.created)",
            "x read \(good.hash.text) yesterday",
            "x read \(good.hash.text) \(good.created) tomorrow", APIToken.random().text,
            "a/b read \(good.hash.text) \(good.created)",
        ]
        let error = #expect(throws: ScrivenerError.self) {
            try APITokenList(Array(lines.joined(separator: "\n").utf8), path: "api-tokens")
        }
        #expect(error?.mistakes.map(\.path) == (2...8).map { "api-tokens:\($0)" })
        #expect(error.map { "\($0)".contains(APIToken.prefix) } == false)
    }

    @Test("Names are given once, and there are not too many tokens")
    func limits() throws {
        var list = APITokenList()
        for number in 0..<APITokenList.maximumCount { try list.add(Self.record("t\(number)")) }
        #expect(throws: ScrivenerError.self) { try list.add(Self.record("t0")) }
        #expect(throws: ScrivenerError.self) { try list.add(Self.record("one-more")) }
        #expect(list.records.count == APITokenList.maximumCount)
        #expect(list.text.utf8.count <= APITokenList.maximumBytes)
    }
}
