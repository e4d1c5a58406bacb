// Where a coordinator may bind with what it has: the whole table. The other axes are what a person gets wrong.

import ScrivenerHTTP
import ScrivenerModel
import Testing

@testable import ScrivenerCoordinator

@Suite struct StartMatrixTests {
    /// One line of the table: `b` and `h` stand for a bind and an HTTP host beyond loopback, `k` for keys of workers,
    /// `t` for API tokens, `i` for `--insecure`; then the options that are refused.
    private static let table = """
                    : -
        k           : -
        t           : -
        k t         : -
        i           : -
        i k         : -
        i t         : -
        i k t       : -
        b           : bind
        b k         : -
        b t         : bind
        b k t       : -
        b i         : -
        b i k       : -
        b i t       : -
        b i k t     : -
        h           : http-host
        h k         : http-host
        h t         : -
        h k t       : -
        h i         : -
        h i k       : -
        h i t       : -
        h i k t     : -
        b h         : bind http-host
        b h k       : http-host
        b h t       : bind
        b h k t     : -
        b h i       : -
        b h i k     : -
        b h i t     : -
        b h i k t   : -
        """

    private struct Line: CustomTestStringConvertible {
        let given: Set<Substring>
        let refused: [String]
        let testDescription: String

        init(_ text: Substring) {
            let halves = text.split(separator: ":")
            given = Set(halves[0].split(separator: " "))
            refused = halves[1].split(separator: " ").map(String.init).filter { $0 != "-" }
            testDescription = String(text)
        }
    }

    private static let lines = table.split(separator: "\n").map(Line.init)

    private static func settings(
        bind: String = "tcp://127.0.0.1:7412", host: String = "127.0.0.1"
    ) -> CoordinatorSettings {
        var settings = CoordinatorSettings(dataDirectory: "data", bind: bind)
        settings.http.host = host
        return settings
    }

    @Test func theTableHasEveryCombinationOnce() {
        #expect(Self.lines.count == 32 && Set(Self.lines.map(\.given)).count == 32)
    }

    /// TLS changes nothing about it: a certificate tells who the coordinator is, and not who asks.
    @Test(arguments: lines, [false, true])
    private func whatIsMissingIsRefused(line: Line, hasTLS: Bool) {
        for (bind, host) in [
            ("tcp://0.0.0.0:7412", "0.0.0.0"), ("tcp://*:7412", "::"),
            ("tcp://10.77.0.1:*", "10.77.0.1"), ("tcp://hub:7412", "hub"),
            ("tcp://127.example.org:7412", "localhost.example.org"),
        ] {
            var settings = Self.settings(
                bind: line.given.contains("b") ? bind : "tcp://127.0.0.1:7412",
                host: line.given.contains("h") ? host : "127.0.0.1")
            if hasTLS {
                settings.tlsCertificate = "cert.pem"
                settings.tlsKey = "key.pem"
            }
            let mistakes = settings.mistakes(
                isInsecureAllowed: line.given.contains("i"),
                present: PresentKeys(
                    workerKeys: line.given.contains("k"), tokens: line.given.contains("t")))
            #expect(mistakes.map(\.path) == line.refused, "\(bind) \(host)")
            for mistake in mistakes {
                #expect(mistake.code == .configurationInvalid)
                #expect(mistake.message.contains("scrivener keys"))
                #expect(mistake.message.contains("--keys"))
                #expect(mistake.message.contains("--insecure"))
            }
        }
    }

    @Test(arguments: ["127.0.0.1", "127.1.2.3", "localhost", "::1"])
    func loopbackNeedsNothing(host: String) {
        let address = host.contains(":") ? "[\(host)]" : host
        #expect(Self.settings(bind: "tcp://\(address):7412", host: host).mistakes() == [])
        #expect(Self.settings(bind: "ipc:///run/scrivener", host: host).mistakes() == [])
    }

    /// A coordinator without HTTP needs no tokens.
    @Test func whatIsNotServedNeedsNothing() {
        var settings = Self.settings(host: "0.0.0.0")
        settings.servesHTTP = false
        #expect(settings.mistakes() == [])
    }

    @Test func aCertificateAndItsKeyGoTogether() {
        for (certificate, key, missing) in [
            ("c", nil, "tls-key"), (nil, "k", "tls-certificate"),
        ] as [(String?, String?, String)] {
            var settings = Self.settings()
            settings.tlsCertificate = certificate
            settings.tlsKey = key
            #expect(settings.mistakes().map(\.path) == [missing])
        }
    }

    /// Where there are no keys because they cannot be looked at, nobody starts as if none were wanted: not on loopback
    /// either, and `--insecure` changes nothing about it.
    @Test(arguments: ["/nowhere/keys", #filePath])
    func aFolderOfKeysHasToBeOne(path: String) {
        var settings = Self.settings()
        settings.keys = path
        let error = #expect(throws: ScrivenerError.self) { try HTTPSecurity(settings) }
        #expect(error?.code == .configurationInvalid)
        #expect(error?.mistakes.map(\.path) == ["keys"])
    }

    /// The ports for enrolment and for a change of keys are counted from the one for workers, unless they are named.
    @Test func portsAreCountedFromThatForWorkers() {
        func endpoints(_ bind: String) -> [String] {
            var settings = Self.settings(bind: bind)
            settings.keys = "keys"
            guard settings.mistakes().isEmpty else { return settings.mistakes().map(\.path) }
            return [settings.enrolEndpoint, settings.workerEndpoints.second]
        }
        #expect(
            endpoints("tcp://127.0.0.1:65533") == [
                "tcp://127.0.0.1:65534", "tcp://127.0.0.1:65535",
            ])
        #expect(endpoints("tcp://127.0.0.1:65534") == ["bind"])
        #expect(endpoints("tcp://127.0.0.1:0") == ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"])
        #expect(endpoints("tcp://127.0.0.1:*") == ["tcp://127.0.0.1:*", "tcp://127.0.0.1:*"])
        var settings = Self.settings(bind: "tcp://127.0.0.1:65535")
        #expect(settings.mistakes() == [])
        settings.keys = "keys"
        settings.enrolBind = "tcp://127.0.0.1:7413"
        #expect(settings.mistakes().map(\.path) == ["bind"])
        settings.rotationBind = "tcp://127.0.0.1:7414"
        #expect(settings.mistakes() == [])
    }

    @Test(arguments: [
        "", "http://hub", "hub:7411", "hub/", "*", "*.example.org", "a b", "hüb",
        String(repeating: "a", count: 254),
    ])
    func anAllowedHostIsAName(text: String) {
        var settings = Self.settings()
        settings.http.allowedHosts = ["hub", "scrivener.example.org", text]
        #expect(settings.mistakes().map(\.path) == ["allowed-host"])
    }
}
