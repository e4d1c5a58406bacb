// URLs as pages, search engines and other servers write them.

import ScrivenerOutbound
import Testing

struct OutboundURLTests {
    @Test(arguments: [
        ("HTTPS://Example.COM", "https://example.com/", "example.com", 443),
        (
            " http://example.com:8080/a b?q=ü#part ", "http://example.com:8080/a%20b?q=%C3%BC",
            "example.com", 8080
        ),
        ("http://[::1]:80/x|y", "http://[::1]:80/x%7Cy", "::1", 80),
        ("http://example.com?q=a:b//c", "http://example.com/?q=a:b//c", "example.com", 80),
    ])
    func aURLIsSpelledInOneWay(
        written: String, spelled: String, host: String, port: Int
    ) throws {
        let url = try OutboundURL(written)
        #expect(url.text == spelled)
        #expect(url.host == host)
        #expect(url.port == port)
    }

    @Test(arguments: [
        "", "example.com", "ftp://example.com/", "http://user:secret@example.com/",
        "http://exämple.com/", "http://exa mple.com/", "javascript:alert(1)", "http://",
        "http://example.com:99999/",
    ])
    func whatIsNoneIsRefusedWithoutBeingQuoted(text: String) throws {
        let error = try #require(throws: OutboundError.self) { try OutboundURL(text) }
        #expect(!"\(error)".contains("secret"))
    }

    /// RFC 3986, section 5.4.
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("./g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("../../g", "http://a/g"),
        ("#s", "http://a/b/c/d;p?q"), ("", "http://a/b/c/d;p?q"), ("https://b/x", "https://b/x"),
    ])
    func referencesLeadWhereTheStandardSays(reference: String, target: String) throws {
        let base = try OutboundURL("http://a/b/c/d;p?q")
        #expect(try base.resolving(reference).text == target)
    }

    @Test(arguments: ["file:///etc/passwd", "gopher://127.0.0.1/", "//user@host/", "http://"])
    func referencesThatLeadOutOfTheWebAreRefused(reference: String) throws {
        let base = try OutboundURL("http://a/b")
        #expect(throws: OutboundError.self) { try base.resolving(reference) }
    }

    @Test func whatIsShownHasNoQuery() throws {
        let url = try OutboundURL("https://example.com/hook?token=hidden")
        #expect("\(url)" == "https://example.com/hook")
        #expect(url.path == "/hook?token=hidden")
        #expect(url.origin == "https://example.com:443")
    }
}
