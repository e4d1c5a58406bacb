// What a running coordinator accepts, while people change the file of tokens.

import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerSecurity

@Suite struct APITokenBookTests {
    private static func add(_ name: String, in folder: Folder) throws -> APIToken {
        let token = APIToken.random()
        try APITokenFile(in: folder.url.path).update { (list) throws(ScrivenerError) in
            try list.add(
                APITokenRecord(
                    name: name, scope: .read, hash: token.hash,
                    created: WallTime(millisecondsSince1970: 0)))
        }
        return token
    }

    @Test("Without a file nobody needs a token; with one everybody does, for ever")
    func requirement() throws {
        let folder = try Folder()
        let book = try APITokenBook(directory: folder.url.path)
        #expect(!book.isRequired)
        #expect(try !book.reload())
        let token = try Self.add("ci", in: folder)
        #expect(book.record(of: token.hash) == nil)
        #expect(try book.reload())
        #expect(book.isRequired && book.record(of: token.hash)?.name == "ci")
        try FileManager.default.removeItem(atPath: folder.path("api-tokens"))
        #expect(try book.reload())
        #expect(book.isRequired && book.count == 0 && book.record(of: token.hash) == nil)
    }

    @Test("A token that was revoked opens nothing once the file was read again")
    func revocation() throws {
        let folder = try Folder()
        let (first, second) = (
            try Self.add("first", in: folder), try Self.add("second", in: folder)
        )
        let book = try APITokenBook(directory: folder.url.path)
        #expect(book.count == 2)
        let wasThere = try APITokenFile(in: folder.url.path).update { $0.remove("first") }
        #expect(wasThere)
        #expect(try book.reload())
        #expect(book.record(of: first.hash) == nil)
        #expect(book.record(of: second.hash)?.name == "second")
        #expect(try !book.reload(), "nothing has changed")
        #expect(try folder.mode(of: "api-tokens") == 0o600)
    }

    @Test("A file that cannot be read is told once, and what was accepted still is")
    func damage() throws {
        let folder = try Folder()
        let token = try Self.add("ci", in: folder)
        let book = try APITokenBook(directory: folder.url.path)
        try SecretFile.write(
            Array("no such line".utf8), to: folder.path("api-tokens"), replacing: true)
        #expect(throws: ScrivenerError.self) { try book.reload() }
        #expect(try !book.reload())
        #expect(book.record(of: token.hash)?.name == "ci")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: folder.path("api-tokens"))
        #expect(throws: ScrivenerError.self) { try APITokenBook(directory: folder.url.path) }
    }
}
