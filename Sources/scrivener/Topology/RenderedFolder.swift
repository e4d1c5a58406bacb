// A folder of files that were rendered.

import FoundationEssentials
import ScrivenerTopology

struct RenderedFolder {
    let path: String
    let target: RenderTarget

    /// - Throws: `CommandFailure`.
    func write(_ files: [RenderedFile]) throws {
        for file in files {
            let place = file.path.under(path)
            try AtomicFile.makeDirectory(TopologyFile.folder(of: place))
            try AtomicFile.write(Array(file.text.utf8), to: place)
        }
        for surplus in surplus(beside: files) {
            StandardStream.error.write(
                "scrivener: \(surplus) was rendered once and is not any more; remove it\n")
        }
    }

    /// - Throws: `CommandFailure` that names every difference.
    func check(_ files: [RenderedFile]) throws {
        var differences: [String] = []
        for file in files {
            let place = file.path.under(path)
            guard let data = FileManager.default.contents(atPath: place) else {
                differences.append("\(place) is missing")
                continue
            }
            let text = String(decoding: data, as: UTF8.self)
            guard text != file.text else { continue }
            differences.append(place + Self.difference(of: text, from: file.text))
        }
        differences += surplus(beside: files).map { "\($0) is not rendered any more" }
        guard !differences.isEmpty else { return }
        throw CommandFailure(
            (["the files are not what the topology says:"] + differences.map { "  " + $0 })
                .joined(separator: "\n"),
            hint: "The same command without --check writes them.")
    }

    /// The first line that differs.
    private static func difference(of text: String, from wanted: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let others = wanted.split(separator: "\n", omittingEmptySubsequences: false)
        let place = zip(lines, others).enumerated().first { $1.0 != $1.1 }?.offset
        let line = place ?? min(lines.count, others.count)
        let found = line < lines.count ? String(lines[line]) : "the end of the file"
        let expected = line < others.count ? String(others[line]) : "the end of the file"
        return ", line \(line + 1): is \(found), should be \(expected)"
    }

    /// Files that were rendered for the same, and are none of these.
    private func surplus(beside files: [RenderedFile]) -> [String] {
        let known = Set(files.map(\.path))
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: path)) ?? []
        return names.sorted().filter { !known.contains($0) }.map { $0.under(path) }
            .filter(isRendered)
    }

    private func isRendered(_ place: String) -> Bool {
        guard let data = FileManager.default.contents(atPath: place) else { return false }
        let line = String(decoding: data.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return line.hasPrefix(RenderContext.mark) && line.contains(target.mark)
    }
}

/// Ways from one folder to another.
enum RelativePath {
    /// - Parameters: absolute paths.
    static func from(_ folder: String, to target: String) -> String {
        let from = steps(folder)
        let to = steps(target)
        let shared = zip(from, to).prefix { $0 == $1 }.count
        let path = Array(repeating: "..", count: from.count - shared) + to.dropFirst(shared)
        return path.isEmpty ? "." : path.joined(separator: "/")
    }

    private static func steps(_ path: String) -> [String] {
        path.split(separator: "/").reduce(into: []) { steps, step in
            switch step {
            case ".": break
            case "..": _ = steps.popLast()
            default: steps.append(String(step))
            }
        }
    }
}
