// What is rendered, and what the renderers have to know of the place where the files go.

package import ScrivenerModel

/// What a cluster can be rendered for.
package enum RenderTarget: String, Sendable, CaseIterable {
    case compose, kubernetes, systemd

    /// In the first line of every file that was rendered for it.
    package var mark: String { "(--to \(rawValue))" }
}

/// A file that was rendered.
package struct RenderedFile: Sendable, Equatable {
    /// Relative to where all of them go.
    package var path: String
    package var text: String
}

/// Where a description is, and where its files go.
package struct RenderContext: Sendable {
    /// The description, as the files name it.
    package var source: String
    /// From where the files go to the description's folder, and its name there.
    package var folder: String
    package var name: String
    /// From where the files go to the source tree from which images are built, if they are.
    package var build: String?
    /// The text of a file by the name that it has in the description; of the description itself by its own.
    package var read: @Sendable (String) throws(ScrivenerError) -> String

    package init(
        source: String, folder: String, name: String, build: String? = nil,
        read: @escaping @Sendable (String) throws(ScrivenerError) -> String
    ) {
        self.source = source
        self.folder = folder
        self.name = name
        self.build = build
        self.read = read
    }

    /// The first words of every rendered file: by them it is known for one.
    package static let mark = "# Rendered by `scrivener topology render`"

    func header(_ target: RenderTarget, _ text: String) -> String {
        "\(Self.mark) from \(source) \(target.mark): change that, not this.\n"
            + text.split(separator: "\n").map { "# \($0)\n" }.joined()
    }

    /// A file of the description, seen from where the rendered files go.
    func path(of name: String) -> String { name.under(folder).normalised }
}

extension Topology {
    /// The files that start the cluster.
    ///
    /// - Throws: `configuration_invalid` with every reason why it cannot run there.
    package func rendered(
        for target: RenderTarget, _ context: RenderContext
    ) throws(ScrivenerError) -> [RenderedFile] {
        let obstacles = obstacles(to: target)
        guard obstacles.isEmpty else {
            throw ScrivenerError(
                .configurationInvalid,
                "the topology cannot be rendered for \(target.rawValue)", mistakes: obstacles)
        }
        return switch target {
        case .compose: try ComposeRendering(topology: self, context: context).files()
        case .kubernetes: try KubernetesRendering(topology: self, context: context).files()
        case .systemd: try SystemdRendering(topology: self, context: context).files()
        }
    }

    /// What stands in the way.
    private func obstacles(to target: RenderTarget) -> [Mistake] {
        var found: [Mistake] = []
        func add(_ path: String, _ message: String, _ actual: String?) {
            found.append(Mistake(.configurationInvalid, at: path, message, actual: actual))
        }
        for pool in pools {
            if let file = pool.agentsFile,
                file.hasPrefix("/") || file.contains("..") || !file.isPlainPath
            {
                add(
                    "/pools/\(pool.name)/agents_file",
                    "must be in the topology's folder or below, for it is taken along, and of "
                        + "a–z A–Z 0–9 / . _ -", file)
            }
            if target == .systemd, let corpus = pool.corpus, !corpus.hasPrefix("/") {
                add(
                    "/pools/\(pool.name)/corpus", "must be an absolute path: it is on other hosts",
                    corpus)
            }
        }
        guard target == .systemd else {
            for (path, endpoint) in [("bind", coordinator.bind), ("http/host", coordinator.http)]
            where endpoint.isLoopback {
                add(
                    "/coordinator/\(path)",
                    "is within the container: nobody could reach it; "
                        + "0.0.0.0 is all that the container has", endpoint.host)
            }
            return found
        }
        if coordinator.host == nil {
            add("/coordinator/host", "is missing: which host it is on", nil)
        }
        var folders = [("/coordinator/data", coordinator.data)]
        if case .keys(let keys) = security { folders.append(("/security/keys", keys)) }
        for (path, folder) in folders where !folder.hasPrefix("/var/lib/") || !folder.isPlainPath {
            add(
                path,
                "must be below /var/lib, where systemd keeps such folders, and of "
                    + "a–z A–Z 0–9 / . _ -", folder)
        }
        return found
    }
}

extension String {
    /// Whether nobody takes a part of it for anything but a part of a path.
    fileprivate var isPlainPath: Bool {
        utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-".utf8.contains(byte)
            }
        }
    }

    /// The path without steps that lead back.
    var normalised: String {
        var parts: [Substring] = []
        for part in split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else {
                parts.append(part)
            }
        }
        let path = parts.joined(separator: "/")
        return hasPrefix("/") ? "/" + path : path.isEmpty ? "." : path
    }
}
