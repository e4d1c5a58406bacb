// Reading a plan. It is sent as it is: the coordinator reads JSON and YAML, and reports every
// mistake with the place where it stands in the file.

import ScrivenerModel

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A plan as bytes, and what kind of bytes they are.
struct PlanDocument: Sendable, Equatable {
    /// Larger files are not read.
    static let maximumBytes = 256 << 20

    enum Format: Sendable {
        case json, yaml

        var contentType: String {
            switch self {
            case .json: "application/json"
            case .yaml: "application/yaml"
            }
        }
    }

    var bytes: [UInt8]
    var format: Format

    /// Reads a `.json`, `.yaml` or `.yml` file, or standard input when the path is `-`.
    ///
    /// - Throws: `CommandFailure`.
    static func read(path: String) throws -> PlanDocument {
        guard path != "-" else {
            let bytes = try read(descriptor: 0, name: "standard input")
            return PlanDocument(bytes: bytes, format: sniff(bytes))
        }
        guard let format = format(of: path) else {
            throw CommandFailure(
                "\(path): a plan is a .json, .yaml or .yml file",
                hint: "Standard input takes either: scrivener session submit - < \(path)",
                status: .usage)
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        return PlanDocument(bytes: try read(descriptor: descriptor, name: path), format: format)
    }

    static let extensions = ["json", "yaml", "yml"]

    static func format(of path: String) -> Format? {
        let name = path.lowercased()
        if name.hasSuffix(".json") { return .json }
        return name.hasSuffix(".yaml") || name.hasSuffix(".yml") ? .yaml : nil
    }

    /// A document that begins like a JSON object or array is taken for JSON.
    static func sniff(_ bytes: [UInt8]) -> Format {
        let first = bytes.first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0A && $0 != 0x0D }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .json : .yaml
    }

    private static func read(descriptor: Int32, name: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = chunk.withUnsafeMutableBytes { buffer in
                #if canImport(Darwin)
                    Darwin.read(descriptor, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                    Musl.read(descriptor, buffer.baseAddress, buffer.count)
                #else
                    Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(name, errno) }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= maximumBytes else {
                throw CommandFailure("\(name) is larger than \(maximumBytes >> 20) MiB")
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func unreadable(_ name: String, _ code: Int32) -> CommandFailure {
        CommandFailure("\(name) cannot be read: \(SystemError.text(code))")
    }
}

/// What an `errno` means.
enum SystemError {
    static func text(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
