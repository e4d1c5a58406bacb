// URLs by which plans have made servers ask what they should not (OWASP, "Server-Side Request Forgery Prevention
// Cheat Sheet"; Orange Tsai, "A New Era of SSRF", 2017): as a callback each is refused as it is written, or leads to
// addresses that nothing is sent to.

import ScrivenerModel
import Testing

@testable import ScrivenerOutbound

struct RequestForgeryTests {
    @Test(arguments: [
        "file:///etc/passwd", "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:11211/",
        "ftp://127.0.0.1/", "ldap://127.0.0.1/", "jar:http://127.0.0.1!/",
        "unix:///run/docker.sock",
        "http+unix://%2Frun%2Fdocker.sock/", "//127.0.0.1/", "http:127.0.0.1", "http:/127.0.0.1",
        "http:///127.0.0.1", "javascript:alert(1)", "data:text/plain,x", "",
        "http://example.com@127.0.0.1/", "http://127.0.0.1:80@example.com/",
        "http://example.com#@127.0.0.1/", "http://127.0.0.1\\@example.com/",
        "http://127.0.0.1%23@example.com/", "http://example.com\u{0009}@127.0.0.1/",
        "http://127.0.0.1%00.example.com/", "http://%31%32%37.0.0.1/", "http://①②⑦.⓪.⓪.①/",
        "http://127。0。0。1/", "http://[::1%25lo]/", "http://[::1%lo]/", "http://[::1/",
        "http://[example.com]:80:80/", "http://example.com:80:80/", "http://example.com:0/",
        "http://example.com:65536/", "http://example.com:٨٠/", "http://exa mple.com/",
        "http://example.com\r\nHost: 127.0.0.1/", "http://example.com/\r\nX: 1",
        "https://user:secret@example.com/",
    ])
    func aURLThatTwoReadersReadInTwoWaysIsRefused(text: String) {
        #expect(throws: CallbackDefect.self) { try CallbackURL(text) }
    }

    @Test(arguments: [
        "http://127.0.0.1/", "http://127.0.0.1:7411/v1/sessions", "http://localhost/", "http://0/",
        "http://0.0.0.0:7412/", "http://127.1/", "http://127.0.1/", "http://2130706433/",
        "http://0x7f000001/", "http://0x7f.0x0.0x0.0x1/", "http://0177.0.0.1/",
        "http://00000177.0.0.1/", "http://017700000001/", "http://[::1]/", "http://[::]/",
        "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:127.0.0.1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/", "http://169.254.169.254/latest/meta-data/",
        "http://0xa9fea9fe/", "http://2852039166/", "http://[fd00:ec2::254]/latest/",
        "http://100.100.100.200/", "http://192.0.0.192/", "http://10.0.0.1/", "http://172.16.0.1/",
        "http://192.168.0.1/", "http://[fe80::1]/", "http://[fc00::1]/", "http://255.255.255.255/",
        "http://224.0.0.1/",
    ])
    func anAddressThatIsNotPublicIsReachedByNoSpelling(text: String) async throws {
        let url = try CallbackURL(text)
        let resolver = HostResolver(threads: 1)
        defer { resolver.close() }
        // What no resolver takes for an address leads nowhere either.
        let found = (try? await resolver.addresses(of: url.host)) ?? []
        #expect(found.allSatisfy { !SpecialAddress.isPublic($0.bytes) }, "\(found)")
    }
}
