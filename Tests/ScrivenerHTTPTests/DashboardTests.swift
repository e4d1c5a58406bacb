// The dashboard as the coordinator serves it: all of its files, and a policy that keeps them to themselves.

import Foundation
import NIOCore
import Testing

@testable import ScrivenerHTTP

@Suite(.timeLimit(.minutes(1)))
struct DashboardTests {
    private static let folder = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Sources/ScrivenerDashboard/assets")

    /// A file that is not embedded is missed by whoever opens the page, and by nobody before.
    @Test func everyFileOfTheManifestIsEmbedded() throws {
        let manifest = try String(
            contentsOf: Self.folder.appendingPathComponent("manifest.txt"), encoding: .utf8)
        var listed: [String: String] = [:]
        for line in manifest.split(separator: "\n") {
            let parts = line.split(separator: "\t").map(String.init)
            listed[parts[0]] = parts[1]
        }
        #expect(listed.count > 20)
        #expect(DashboardAssets.all.mapValues(\.mediaType) == listed)
        for (path, asset) in DashboardAssets.all {
            let file = try Data(contentsOf: Self.folder.appendingPathComponent(path))
            #expect(Data(asset.bytes.readableBytesView) == file, "\(path): build again")
        }
    }

    @Test func thePageIsServedWithItsPolicy() async throws {
        try await TestServer.run { server in
            for path in ["/", "/assets/main.js", "/assets/vendor/d3.min.js"] {
                let answer = try await server.get(path)
                #expect(answer.status == 200, "\(path)")
                let policy = answer.headers["content-security-policy"] ?? ""
                #expect(
                    policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
                #expect(!policy.contains("unsafe"))
                #expect(policy.hasSuffix("form-action 'none'; frame-ancestors 'none'"))
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["referrer-policy"] == "no-referrer")
            }
        }
    }

    /// Nothing but the embedded files is reached, however the path is written.
    @Test(arguments: [
        "/assets/no.js", "/assets/manifest.txt", "/assets/../main.js", "/assets/%2e%2e%2fmain.js",
        "/assets/vendor/..%2fmain.js", "/assets/vendor/../../../etc/passwd", "/assets/",
        "/assets/..%5cmain.js", "/assets/%2e/main.js", "/assets/main.js%00", "/assets/main.js%20",
        "/assets/MAIN.JS", "/assets/vendor%2fd3.min.js%2f..%2f..%2fmain.js", "/assets/%252e%252e",
        "/assets/%c0%ae%c0%ae%2fmain.js", "/login/main.js", "/login/index.html",
        "/login/..%2fapi.js",
        "/login/%2e%2e/assets/main.js", "/login/vendor%2fd3.min.js",
    ])
    func anotherPathIsNotFound(_ path: String) async throws {
        try await TestServer.run { server in
            let answer = try await server.get(path)
            #expect(answer.status == 404)
            #expect(answer.body.contains(#""code":"route_not_found""#))
        }
    }
}
