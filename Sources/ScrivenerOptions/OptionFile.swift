// A file of options, in YAML or JSON: `http_port: 7500`, `tag: [gpu, fast]`, `agent_limit: {research: 4}`.
// All mistakes are told at once.

import ScrivenerModel
import ScrivenerYAML

struct OptionFile {
    static let maximumBytes = 1 << 20
    static let flags = [
        "true": true, "false": false, "yes": true, "no": false, "1": true, "0": false,
    ]

    /// By the name of the option.
    private(set) var values: [String: [String]] = [:]

    init() {}

    /// - Throws: `configuration_invalid`; places are JSON pointers.
    init(_ bytes: [UInt8], known: [KnownOption]) throws(ScrivenerError) {
        guard bytes.count <= Self.maximumBytes else {
            throw Self.error(
                "", "is too large", limit: "\(Self.maximumBytes) bytes", actual: "\(bytes.count)")
        }
        var mistakes: [Mistake] = []
        for (key, value) in try Self.members(bytes) {
            let place = "/" + String(key.prefix(100))
            guard let option = known.first(where: { $0.key == key }) else {
                mistakes.append(Self.unknown(key, at: place, known))
                continue
            }
            do throws(ScrivenerError) {
                values[option.name] = try Self.texts(of: value, for: option, at: place)
            } catch { mistakes += error.mistakes }
        }
        guard mistakes.isEmpty else {
            throw ScrivenerError(.configurationInvalid, "the file is not valid", mistakes: mistakes)
        }
    }

    private static func members(
        _ bytes: [UInt8]
    ) throws(ScrivenerError) -> [(key: String, value: JSONValue)] {
        guard !isEmpty(bytes) else { return [] }
        let document: JSONValue
        do throws(ScrivenerError) {
            let json = try json(fromYAML: bytes)
            document = (try? RawJSON(json).value()) ?? .null
        } catch {
            throw Self.error("", error.mistakes.first?.message ?? error.message)
        }
        guard case .object(let members) = document else {
            throw Self.error("", "must have options and their values")
        }
        return members
    }

    /// Whether there is nothing but comments, which is no document and sets nothing.
    private static func isEmpty(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: UInt8(ascii: "\n")).allSatisfy { line in
            let first = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }
            return first == nil || first == UInt8(ascii: "#")
        }
    }

    private static func texts(
        of value: JSONValue, for option: KnownOption, at place: String
    ) throws(ScrivenerError) -> [String] {
        if option.isFlag {
            guard case .bool(let flag) = value else {
                throw error(place, "must be true or false")
            }
            return ["\(flag)"]
        }
        let texts: [String]
        switch value {
        case .array(let elements):
            var all: [String] = []
            for element in elements { all.append(try scalar(element, at: place)) }
            texts = option.isRepeating ? all : [all.joined(separator: ",")]
        case .object(let members):
            guard option.isRepeating else { throw error(place, "must be one value") }
            var all: [String] = []
            for (name, value) in members { all.append("\(name)=\(try scalar(value, at: place))") }
            texts = all
        default: texts = [try scalar(value, at: place)]
        }
        return texts
    }

    private static func scalar(
        _ value: JSONValue, at place: String
    ) throws(ScrivenerError) -> String {
        switch value {
        case .string(let text): text
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .bool(let flag): "\(flag)"
        case .null, .array, .object: throw error(place, "must be a text or a number")
        }
    }

    private static func unknown(
        _ key: String, at place: String, _ known: [KnownOption]
    ) -> Mistake {
        let keys = known.map(\.key)
        let nearest = Suggestion.nearest(to: key, among: keys)
        return Mistake(
            .configurationInvalid, at: place,
            "there is no such option" + (nearest.map { "; did you mean \($0)?" } ?? ""),
            limit: keys.joined(separator: ", "))
    }

    private static func error(
        _ place: String, _ message: String, limit: String? = nil, actual: String? = nil
    ) -> ScrivenerError {
        ScrivenerError(
            .configurationInvalid, message,
            mistakes: [
                Mistake(
                    .configurationInvalid, at: place, message, limit: limit, actual: actual)
            ])
    }
}
