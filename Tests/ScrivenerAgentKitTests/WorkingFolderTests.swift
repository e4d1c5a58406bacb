// Folders of attempts: hundreds of attempts a day must not fill the disk with what they leave.

import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerAgentKit

@Suite struct WorkingFolderTests {
    private struct Refusal: Error {
        var path: String
    }

    @Test func `A folder is there while somebody works in it, and then no more`() async throws {
        let context = ChildWorld().context
        let path = try await context.withWorkingFolder { path -> String in
            try Data("x".utf8).write(to: URL(filePath: path + "/file"))
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
            return path
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `It is removed whatever the work came to`() async throws {
        let refusal = await #expect(throws: Refusal.self) {
            try await ChildWorld().context.withWorkingFolder { path -> Void in
                throw Refusal(path: path)
            }
        }
        let path = try #require(refusal?.path)
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// A program that unpacks an archive may get folders in which nobody may write.
    @Test func `It is removed whatever rights are left to it`() async throws {
        let path = try await ChildWorld().context.withWorkingFolder { path -> String in
            try FileManager.default.createDirectory(
                atPath: path + "/a/b", withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(filePath: path + "/a/b/file"))
            for folder in ["/a/b", "/a"] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o000], ofItemAtPath: path + folder)
            }
            return path
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// A worker that was killed removes nothing. Its folders are those whose lock nobody holds.
    @Test func `What dead workers left is removed, and what lives stays`() throws {
        let parent = NSTemporaryDirectory() + "scrivener-folders-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: parent) }
        let mine = try WorkingFolderRoot.make(in: parent)
        let dead = parent + "/" + WorkingFolderRoot.prefix + "dead"
        let foreign = parent + "/" + WorkingFolderRoot.prefix + "without-lock"
        for folder in [dead + "/attempt", foreign] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        }
        try Data().write(to: URL(filePath: dead + "/lock"))
        // Nobody may write there any more: it has to be gone all the same.
        try Data().write(to: URL(filePath: dead + "/attempt/file"))
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o500], ofItemAtPath: dead + "/attempt")
        // What it leads to is not this process's to remove.
        let link = parent + "/" + WorkingFolderRoot.prefix + "link"
        let elsewhere = parent + "/elsewhere"
        try FileManager.default.createDirectory(
            atPath: elsewhere, withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: elsewhere + "/lock"))
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: elsewhere)

        WorkingFolderRoot.removeLeft(in: parent)

        #expect(!FileManager.default.fileExists(atPath: dead))
        #expect(FileManager.default.fileExists(atPath: mine))
        #expect(FileManager.default.fileExists(atPath: foreign))
        #expect(FileManager.default.fileExists(atPath: link + "/lock"))
    }
}
