// What a model is asked: a text that people write, with places for what a task brings. The language is
// the part of Mustache that prompts need (values, sections, inverted sections, comments), with two
// deviations. Nothing is escaped, because a prompt is no page; and a value that is not there fails the
// attempt instead of leaving a hole: a question about a document without the document is the mistake
// that nobody sees in the answer. swift-mustache has neither, and renders without a limit.

import ScrivenerAgentKit
import ScrivenerModel

/// A text with places that are filled in.
struct PromptTemplate: Sendable, Equatable {
    /// Of the text itself.
    static let maximumBytes = 64 << 10
    /// Of sections in sections.
    static let maximumDepth = 16
    /// Parts that are rendered, elements of lists in lists included.
    static let maximumSteps = 200_000

    enum Part: Sendable, Equatable {
        case text(String)
        case value(Path)
        case section(Path, [Part])
        case inverted(Path, [Part])
    }

    /// Names with points between them; none for `.`, the value that a section stands on.
    struct Path: Sendable, Equatable {
        var names: [String]
        var written: String { names.isEmpty ? "." : names.joined(separator: ".") }
    }

    private let parts: [Part]

    /// - Throws: `PromptTemplateError` where the text is no template.
    init(_ text: String) throws(PromptTemplateError) {
        var parser = PromptTemplateParser(text)
        parts = try parser.parse()
    }

    /// The text with its places filled in.
    ///
    /// - Parameters:
    ///   - root: an object; its members are the names that the template can use.
    ///   - maximumBytes: of the result.
    /// - Throws: `AgentFailure` of class `invalid_input`: `template_value_missing`, and `prompt_too_large`.
    func rendered(_ root: JSONValue, maximumBytes: Int) throws(AgentFailure) -> String {
        var rendering = Rendering(scopes: [root], maximumBytes: maximumBytes)
        try rendering.render(parts)
        return rendering.text
    }
}

private struct Rendering {
    /// What names are looked up in, the innermost last.
    var scopes: [JSONValue]
    let maximumBytes: Int
    private(set) var text = ""
    private var bytes = 0
    private var steps = 0

    init(scopes: [JSONValue], maximumBytes: Int) {
        self.scopes = scopes
        self.maximumBytes = maximumBytes
    }

    mutating func render(_ parts: [PromptTemplate.Part]) throws(AgentFailure) {
        for part in parts {
            steps += 1
            guard steps <= PromptTemplate.maximumSteps else {
                throw Self.tooLarge("more than \(PromptTemplate.maximumSteps) parts")
            }
            switch part {
            case .text(let text): try append(text)
            case .value(let path): try append(try value(at: path))
            case .section(let path, let inner): try section(find(path), inner)
            case .inverted(let path, let inner):
                if !Self.holds(find(path)) { try render(inner) }
            }
        }
    }

    private mutating func section(
        _ value: JSONValue?, _ inner: [PromptTemplate.Part]
    ) throws(AgentFailure) {
        guard let value, Self.holds(value) else { return }
        switch value {
        case .array(let elements):
            for element in elements { try render(inner, on: element) }
        case .bool: try render(inner)
        default: try render(inner, on: value)
        }
    }

    private mutating func render(
        _ inner: [PromptTemplate.Part], on scope: JSONValue
    ) throws(AgentFailure) {
        scopes.append(scope)
        try render(inner)
        scopes.removeLast()
    }

    private mutating func append(_ more: String) throws(AgentFailure) {
        bytes += more.utf8.count
        guard bytes <= maximumBytes else {
            throw Self.tooLarge("more than \(maximumBytes) bytes")
        }
        text += more
    }

    // MARK: Names

    private func value(at path: PromptTemplate.Path) throws(AgentFailure) -> String {
        switch find(path) {
        case .string(let text): return text
        case nil, .null:
            throw AgentFailure(
                .invalidInput, code: "template_value_missing",
                message: "the template asks for \(path.written.prefix(200)), "
                    + "which the task does not have")
        case let value?: return RawJSON(value).text
        }
    }

    /// The first name is looked up from the inside out, the others only in what it stands for.
    private func find(_ path: PromptTemplate.Path) -> JSONValue? {
        guard let first = path.names.first else { return scopes.last }
        for scope in scopes.reversed() {
            guard var found = Self.member(first, of: scope) else { continue }
            for name in path.names.dropFirst() {
                guard let next = Self.member(name, of: found) else { return nil }
                found = next
            }
            return found
        }
        return nil
    }

    private static func member(_ name: String, of value: JSONValue) -> JSONValue? {
        if case .array(let elements) = value {
            guard let place = Int(name), elements.indices.contains(place) else { return nil }
            return elements[place]
        }
        return value[name]
    }

    /// Whether a section stands: not for what is not there, `null`, `false`, and what is empty.
    private static func holds(_ value: JSONValue?) -> Bool {
        switch value {
        case nil, .null, .bool(false): false
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        default: true
        }
    }

    private static func tooLarge(_ actual: String) -> AgentFailure {
        AgentFailure(
            .invalidInput, code: "prompt_too_large",
            message: "the prompt that the template and the task make has \(actual)")
    }
}
