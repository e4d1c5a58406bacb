// The files of a package with an agent: those of `templates/agent`, with names in their places.

import CDocuments
import ScrivenerShell

/// A package to be made.
struct AgentTemplate {
    private let words: [(mark: String, text: String)]
    private let module: String

    /// - Throws: `CommandFailure` for a name that cannot be that of a package, an agent and a type.
    init(name: String, dependency: PackageDependency) throws(CommandFailure) {
        guard Self.isName(name) else {
            throw CommandFailure(
                "\(name) cannot be the name of an agent in Swift",
                hint: "1…64 characters of a-z, 0-9 and _, with a letter in front, and not "
                    + "scrivener: word_count.")
        }
        let stem = name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
            .joined()
        // Neither can be a type of the standard library, or differ from the program in case alone.
        module = stem + "Kit"
        words = [
            ("{{name}}", name), ("{{type}}", stem + "Agent"), ("{{module}}", module),
            ("{{dependency}}", dependency.declaration),
            ("{{package}}", dependency.identity),
        ]
    }

    private static func isName(_ name: String) -> Bool {
        let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = name.utf8.first, letters.contains(first) else { return false }
        // `scrivener_agent` would have a module ScrivenerAgentKit, which is there already.
        return name.utf8.count <= 64 && !name.hasPrefix("scrivener")
            && name.utf8.allSatisfy {
                letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_")
            }
    }

    /// Each with its path below the package's folder.
    var files: [(path: String, text: String)] {
        let documents = [
            ("Package.swift", scrivener_agent_package()),
            ("README.md", scrivener_agent_readme()),
            ("plan.yaml", scrivener_agent_plan()),
            ("Sources/\(module)/Agent.swift", scrivener_agent_source()),
            ("Sources/Worker/Main.swift", scrivener_agent_worker()),
            ("Tests/\(module)Tests/AgentTests.swift", scrivener_agent_tests()),
        ]
        let made = documents.map { path, document in
            let bytes = UnsafeBufferPointer(start: document.bytes, count: document.count)
            return (path: path, text: filled(String(decoding: bytes, as: UTF8.self)))
        }
        return made + [(path: ".gitignore", text: ".build/\n")]
    }

    private func filled(_ text: String) -> String {
        words.reduce(text) { $0.replacing($1.mark, with: $1.text) }
    }
}

/// How a package depends on this software's own.
struct PackageDependency {
    /// As it stands in a manifest.
    let declaration: String
    /// By which its products are named.
    let identity: String

    /// - Parameter place: a folder, or the URL of a repository.
    init(_ place: String) throws(CommandFailure) {
        guard
            !place.utf8.contains(where: {
                $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\")
            })
        else { throw CommandFailure("--package has characters that no manifest takes") }
        let isURL = place.contains("://") || place.hasPrefix("git@")
        if isURL {
            declaration = ".package(url: \"\(place)\", from: \"\(SoftwareVersion.current)\")"
        } else {
            guard AtomicFile.exists(place + "/Package.swift") else {
                throw CommandFailure(
                    "there is no package in \(place)",
                    hint: "--package is the folder of Agent Scrivener's Package.swift, or a URL.")
            }
            declaration = ".package(path: \"\(AtomicFile.absolute(place))\")"
        }
        let path = isURL ? place : AtomicFile.absolute(place)
        let last =
            path.split(whereSeparator: { $0 == "/" || $0 == ":" }).last.map(String.init) ?? ""
        identity = last.hasSuffix(".git") ? String(last.dropLast(4)) : last
    }
}
