// The folder that a corpus lies in, and the only way to its files. Paths come back from payloads,
// which anybody may have written: a file is opened one component at a time, relative to the folder
// above it, and never through a symbolic link, so that no path can lead out of the corpus.

import Foundation
import ScrivenerModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A document file of a corpus, as a listing sees it.
struct CorpusFile: Sendable, Equatable {
    /// Relative, with `/` between folders.
    var path: String
    /// In bytes.
    var size: Int
    /// Nanoseconds since 1970.
    var modified: Int64
}

/// A folder of documents. Hidden files and symbolic links in it are ignored, and so are files of
/// the top folder that are about the corpus (`README`, `LICENSE`…).
struct CorpusFolder: Sendable {
    /// More documents are refused.
    static let maximumDocuments = 50_000
    /// Folders nested deeper are ignored.
    static let maximumDepth = 16

    /// Absolute, with links resolved.
    let root: String

    /// - Throws: `AgentFailure` (`permanent`, `corpus_missing`) where there is no such folder or it
    ///   may not be read.
    init(_ path: String) throws(AgentFailure) {
        guard !path.isEmpty, !path.contains("\0"), let resolved = realpath(path, nil) else {
            throw Self.missing(path)
        }
        defer { free(resolved) }
        root = String(cString: resolved)
        guard access(root, R_OK | X_OK) == 0, Self.status(of: root)?.isDirectory == true else {
            throw Self.missing(path)
        }
    }

    private static func missing(_ path: String) -> AgentFailure {
        AgentFailure(
            .permanent, code: "corpus_missing", message: "\(path): no folder that can be read")
    }

    // MARK: Listing

    /// The documents, sorted by path.
    ///
    /// - Throws: `AgentFailure` (`permanent`): `corpus_missing`, `corpus_too_large`.
    func files() throws(AgentFailure) -> [CorpusFile] {
        var found: [CorpusFile] = []
        var folders = [(path: "", depth: 0)]
        while let folder = folders.popLast() {
            let absolute = folder.path.isEmpty ? root : root + "/" + folder.path
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: absolute) else {
                if folder.path.isEmpty { throw Self.missing(root) }
                continue
            }
            for name in names where !name.hasPrefix(".") {
                let path = folder.path.isEmpty ? name : folder.path + "/" + name
                guard let status = Self.status(of: root + "/" + path) else { continue }
                if status.isDirectory, folder.depth < Self.maximumDepth {
                    folders.append((path, folder.depth + 1))
                } else if status.isRegular, Self.isDocument(path) {
                    found.append(
                        CorpusFile(path: path, size: status.size, modified: status.modified))
                }
            }
            guard found.count <= Self.maximumDocuments else {
                throw AgentFailure(
                    .permanent, code: "corpus_too_large",
                    message: "\(root): more than \(Self.maximumDocuments) documents")
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    private static func isDocument(_ path: String) -> Bool {
        guard DocumentReader.isReadable(path) else { return false }
        guard !path.contains("/") else { return true }
        let stem = path.prefix { $0 != "." }.lowercased()
        return !["readme", "license", "licenses", "licence", "notice", "copying"].contains(stem)
    }

    private struct Status {
        var isDirectory: Bool
        var isRegular: Bool
        var size: Int
        var modified: Int64
    }

    /// Of the file itself, not of what a link points to.
    private static func status(of path: String) -> Status? {
        var info = stat()
        guard lstat(path, &info) == 0 else { return nil }
        #if canImport(Glibc)
            let time = info.st_mtim
        #else
            let time = info.st_mtimespec
        #endif
        let kind = info.st_mode & S_IFMT
        return Status(
            isDirectory: kind == S_IFDIR, isRegular: kind == S_IFREG, size: Int(info.st_size),
            modified: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }

    // MARK: Reading

    /// Reads and extracts one document.
    ///
    /// - Throws: `AgentFailure`: `invalid_input` with `path_outside_corpus` for a path that is not
    ///   one of a document within the folder; `permanent` with `document_missing` where there is no
    ///   such file, and as `DocumentReader.read` does.
    func document(_ path: String) throws(AgentFailure) -> DocumentText {
        try DocumentReader.read(bytes(of: path), path: path)
    }

    private func bytes(of path: String) throws(AgentFailure) -> [UInt8] {
        let components = try Self.components(of: path)
        var descriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        for (index, component) in components.enumerated() where descriptor >= 0 {
            let isLast = index == components.count - 1
            let kind = isLast ? O_NONBLOCK : O_DIRECTORY
            let next = openat(descriptor, component, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | kind)
            close(descriptor)
            descriptor = next
        }
        guard descriptor >= 0 else {
            throw AgentFailure(
                .permanent, code: "document_missing", message: "\(path): cannot be opened")
        }
        defer { close(descriptor) }
        return try Self.contents(of: descriptor, path)
    }

    /// The components of a path that stays within the folder.
    private static func components(of path: String) throws(AgentFailure) -> [String] {
        let components = path.split(separator: "/", omittingEmptySubsequences: false)
        let isSafe = components.allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") }
        guard isSafe, path.utf8.count <= 4096, !path.utf8.contains(0),
            components.count <= maximumDepth + 1, isDocument(path)
        else {
            throw AgentFailure(
                .invalidInput, code: "path_outside_corpus",
                message: "\(path.prefix(200)): not the path of a document of this corpus")
        }
        return components.map(String.init)
    }

    private static func contents(
        of descriptor: Int32, _ path: String
    ) throws(AgentFailure) -> [UInt8] {
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw AgentFailure(
                .permanent, code: "document_missing", message: "\(path): not a regular file")
        }
        // One byte more than is allowed tells a file that is too large, also one that grows.
        let limit = DocumentReader.maximumBytes + 1
        var bytes: [UInt8] = []
        bytes.reserveCapacity(min(limit, max(0, Int(info.st_size))))
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while bytes.count < limit {
            let count = read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw AgentFailure(
                    .transient, code: "document_unreadable", message: "\(path): read failed")
            }
            if count == 0 { break }
            bytes.append(contentsOf: buffer[..<count])
        }
        return bytes
    }
}
