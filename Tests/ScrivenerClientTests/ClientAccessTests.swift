// Where a program finds its token, and when it keeps it to itself.

import Foundation
import ScrivenerModel
import ScrivenerSecurity
import Testing

@testable import ScrivenerClient

@Suite struct ClientAccessTests {
    private static let here = "http://127.0.0.1:7411"

    /// A home with a token in the usual place, and two other files of tokens.
    private final class Home {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "scrivener-home-\(UUID().uuidString)").path
        let usual = APIToken.random()
        let named = APIToken.random()
        let environment = APIToken.random()

        init() throws {
            let folder = path + "/.config/scrivener"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try SecretFile.write(Array((usual.text + "\n").utf8), to: folder + "/token")
            try SecretFile.write(Array(named.text.utf8), to: path + "/named")
            try SecretFile.write(Array(environment.text.utf8), to: path + "/environment")
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func token(
        file: String? = nil, at url: String = here, _ environment: [String: String]
    ) throws -> String? {
        let address = try #require(CoordinatorAddress(url))
        return try ClientAccess.find(
            tokenFile: file, authorityFile: nil, for: address, environment: environment
        ).token?.text
    }

    @Test("What was named goes before the environment, and that before the usual file")
    func order() throws {
        let home = try Home()
        let usual = ["HOME": home.path]
        let both = usual.merging([ClientAccess.tokenVariable: home.path + "/environment"]) { $1 }
        #expect(try Self.token(file: home.path + "/named", both) == home.named.text)
        #expect(try Self.token(both) == home.environment.text)
        #expect(try Self.token(usual) == home.usual.text)
        #expect(try Self.token(usual.merging([ClientAccess.tokenVariable: ""]) { $1 }) != nil)
        #expect(try Self.token(["HOME": home.path + "/nowhere"]) == nil)
        #expect(try Self.token([:]) == nil)
    }

    /// Somebody mistypes the host, or asks another coordinator: a token that nobody has named does not travel there
    /// in clear text.
    @Test("The usual token is sent to this machine or over TLS, and nowhere else")
    func clearText() throws {
        let home = try Home()
        let environment = ["HOME": home.path]
        for url in ["http://localhost:1", "http://[::1]:7411", "https://hub:7411"] {
            #expect(try Self.token(at: url, environment) == home.usual.text, "\(url)")
        }
        for url in ["http://hub:7411", "http://10.77.0.1:7411", "http://localhost.example.org"] {
            #expect(try Self.token(at: url, environment) == nil, "\(url)")
            #expect(
                try Self.token(file: home.path + "/named", at: url, environment) == home.named.text)
        }
    }

    @Test("A file that holds no token, or that others can read, is refused and not quoted")
    func files() throws {
        let home = try Home()
        let secret = "scr_secret"
        try SecretFile.write(Array(secret.utf8), to: home.path + "/none")
        try SecretFile.write(
            Array("\(home.usual.text) \(home.named.text)".utf8), to: home.path + "/two")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: home.path + "/named")
        for name in ["none", "two", "named", "nowhere"] {
            let error = #expect(throws: ScrivenerError.self) {
                try Self.token(file: home.path + "/" + name, [:])
            }
            let text = error.map { "\($0)" } ?? ""
            #expect(error?.code == .configurationInvalid && text.contains(home.path + "/" + name))
            #expect(!text.contains(secret) && !text.contains(home.named.text))
        }
    }

    @Test("An authority that cannot be read is refused")
    func authorities() throws {
        let home = try Home()
        let address = try #require(CoordinatorAddress("https://hub"))
        for name in ["named", "nowhere"] {
            let error = #expect(throws: ScrivenerError.self) {
                try ClientAccess.find(
                    tokenFile: nil, authorityFile: nil, for: address,
                    environment: [ClientAccess.authorityVariable: home.path + "/" + name])
            }
            #expect(error?.mistakes.first?.path == "ca-certificate")
        }
    }
}
