// The page that says where each requirement is shown must not point at tests that are not there.

import Foundation
import Testing

@Suite struct SpecificationTests {
    private static let top = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// A suite is renamed, and the map goes on naming the old one as proof.
    @Test func everySuiteThatIsNamedExists() throws {
        let page = try String(
            contentsOf: Self.top.appending(path: "docs/specification.md"), encoding: .utf8)
        let named = Set(
            page.split(separator: "`").map(String.init).filter {
                $0.wholeMatch(of: /[A-Z][A-Za-z]+(Stories|Tests)/) != nil
            })
        #expect(named.count > 10)
        let sources = try Self.testSources()
        for suite in named.sorted() where suite != "ClusterTests" {
            #expect(sources.contains("struct \(suite)"), "no suite is named \(suite)")
        }
    }

    private static func testSources() throws -> String {
        let tests = top.appending(path: "Tests")
        let files = FileManager.default.enumerator(at: tests, includingPropertiesForKeys: nil)
        return try (files?.compactMap { $0 as? URL } ?? [])
            .filter { $0.pathExtension == "swift" }
            .map { try String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
    }
}
