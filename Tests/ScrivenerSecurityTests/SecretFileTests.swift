// Secrets in files: who may read them is checked, and they are written whole or not at all.

import Foundation
import ScrivenerModel
import Testing

@testable import ScrivenerSecurity

@Suite struct SecretFileTests {
    @Test("What was written is read back, and only its owner can read it")
    func writtenAndReadBack() throws {
        let folder = try Folder()
        let path = folder.path("secret")
        try SecretFile.write([1, 2, 3], to: path)
        #expect(try SecretFile.read(path, maximumBytes: 3) == [1, 2, 3])
        #expect(try folder.mode(of: "secret") == 0o600)
    }

    @Test(
        "A file that others can use is refused, with its mode and the remedy",
        arguments: [
            0o640, 0o604, 0o644, 0o660, 0o601,
        ])
    func readableByOthers(mode: Int) throws {
        let folder = try Folder()
        let path = folder.path("secret")
        try SecretFile.write([1], to: path)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        let error = #expect(throws: ScrivenerError.self) {
            try SecretFile.read(path, maximumBytes: 1)
        }
        #expect(error?.code == .configurationInvalid)
        #expect(error?.message.contains("chmod 600 \(path)") == true)
        #expect(error?.mistakes.first?.actual == "mode 0" + String(mode, radix: 8))
    }

    @Test("What is longer than it may be, is not there or is a folder is refused")
    func unusable() throws {
        let folder = try Folder()
        try SecretFile.write([1, 2, 3], to: folder.path("long"))
        for name in ["long", "absent", ""] {
            #expect(throws: ScrivenerError.self) {
                try SecretFile.read(folder.path(name), maximumBytes: 2)
            }
        }
    }

    @Test("A file that is there is replaced only when that is asked for")
    func replacing() throws {
        let folder = try Folder()
        let path = folder.path("secret")
        try SecretFile.write([1], to: path)
        let error = #expect(throws: ScrivenerError.self) { try SecretFile.write([2], to: path) }
        #expect(error?.message.contains("is there already") == true)
        #expect(try SecretFile.read(path, maximumBytes: 1) == [1])
        try SecretFile.write([3], to: path, replacing: true)
        #expect(try SecretFile.read(path, maximumBytes: 1) == [3])
        #expect(try folder.names() == ["secret"], "no draft is left")
    }

    @Test("A secret can come through a descriptor")
    func descriptor() throws {
        let pipe = Pipe()
        try pipe.fileHandleForWriting.write(contentsOf: Data([7, 8]))
        try pipe.fileHandleForWriting.close()
        // The reading end is closed by whoever reads the secret.
        let number = dup(pipe.fileHandleForReading.fileDescriptor)
        #expect(try SecretFile.read("fd:\(number)", maximumBytes: 2) == [7, 8])
        for path in ["fd:", "fd:x", "fd:-1", "fd:999999"] {
            #expect(throws: ScrivenerError.self) { try SecretFile.read(path, maximumBytes: 2) }
        }
    }
}
