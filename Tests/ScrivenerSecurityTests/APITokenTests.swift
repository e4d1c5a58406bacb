// The form of tokens: what scanners look for, and what is no token.

import ScrivenerSecurity
import Testing

@Suite struct APITokenTests {
    @Test("A token is recognised by its beginning, its length and its checksum")
    func form() throws {
        let token = APIToken.random()
        #expect(token.text.hasPrefix("scr_"))
        #expect(token.text.utf8.count == APIToken.length)
        let read = try #require(APIToken(token.text))
        #expect(read.hash == token.hash)
        #expect(APIToken.random().text != token.text)
    }

    /// The form is an interface: scanners know it, and files hold it.
    @Test("A token of an earlier version is one still")
    func golden() throws {
        let text = "scr_" + String(repeating: "A", count: 43) + "0xBFpw"
        #expect(
            try #require(APIToken(text)).hash.text
                == "b8c05224fd0cb454a9a2d16116bdcc59c05836f941464bfe5d80dc5c41f75f2d")
    }

    @Test("What only looks like a token is none")
    func lookalikes() throws {
        let text = APIToken.random().text
        var wrong = [
            "", "scr_", text + "x", " " + text, text.uppercased(), "scr-" + text.dropFirst(4),
        ]
        for index in text.indices.dropFirst(4) {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "a" ? "b" : "a")
            wrong.append(changed)
        }
        wrong.append(String(text.dropLast()))
        wrong.append(String(text.dropLast()) + "é")
        for text in wrong { #expect(APIToken(text) == nil, "\(text.prefix(8))…") }
    }

    @Test("A token that is printed by mistake says nothing")
    func printing() {
        let token = APIToken.random()
        var dumped = ""
        dump(token, to: &dumped)
        dump([token], to: &dumped)
        for text in ["\(token)", String(reflecting: token), "\(Optional(token) as Any)", dumped] {
            #expect(!text.contains(token.text.dropFirst(4).prefix(8)))
        }
    }

    @Test("A hash is read back as it was written, and what is none is not")
    func hashes() {
        let hash = TokenDigest(of: "abc".utf8)
        #expect(
            hash.text == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(TokenDigest(hash.text) == hash)
        #expect(TokenDigest(of: "abd".utf8) != hash)
        for text in ["", String(hash.text.dropLast()), hash.text + "0", hash.text.uppercased()] {
            #expect(TokenDigest(text) == nil)
        }
    }
}
