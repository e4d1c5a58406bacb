// From Yams' tree to JSON's. Aliases are expanded here, each from the budget, so that the work and
// the result are bounded whatever the document says.

import ScrivenerModel
import Yams

struct NodeWalk {
    private enum Step {
        case index(Int)
        case key(String)
    }

    /// Where the walk is. Spelled out only for an error: keys may be long and nodes many.
    private var path: [Step] = []
    private var nodesLeft = YAMLLimits.maximumNodes
    private var bytesLeft = YAMLLimits.maximumExpandedBytes

    /// The JSON of one node.
    mutating func value(of node: Node) throws(ScrivenerError) -> JSONValue {
        switch node {
        case .scalar(let scalar):
            try spend(bytes: scalar.string.utf8.count)
            return try value(of: scalar)
        case .sequence(let sequence):
            try enter(sequence.tag, "seq", sequence.mark)
            return try array(of: sequence)
        case .mapping(let mapping):
            try enter(mapping.tag, "map", mapping.mark)
            return try object(of: mapping)
        case .alias(let alias):
            // The parser resolves aliases; none is left.
            throw refusal(alias.mark, "unresolved alias")
        }
    }

    private mutating func array(
        of sequence: Node.Sequence
    ) throws(ScrivenerError) -> JSONValue {
        var elements: [JSONValue] = []
        for (index, node) in sequence.enumerated() {
            path.append(.index(index))
            elements.append(try value(of: node))
            path.removeLast()
        }
        return .array(elements)
    }

    private mutating func object(of mapping: Node.Mapping) throws(ScrivenerError) -> JSONValue {
        var members: [(key: String, value: JSONValue)] = []
        var keys: Set<String> = []
        for (keyNode, valueNode) in mapping {
            let key = try self.key(keyNode)
            guard keys.insert(key).inserted else {
                throw refusal(
                    keyNode.mark, "the key `\(abbreviated(key))` is given twice",
                    code: .planDuplicateField)
            }
            path.append(.key(key))
            members.append((key, try value(of: valueNode)))
            path.removeLast()
        }
        return .object(members)
    }

    private mutating func key(_ node: Node) throws(ScrivenerError) -> String {
        guard case .scalar(let scalar) = node else {
            throw refusal(node.mark, "a key must be a string")
        }
        try spend(bytes: scalar.string.utf8.count)
        guard scalar.style == .plain else { return scalar.string }
        guard scalar.string != "<<" else {
            throw refusal(scalar.mark, "merge keys (`<<`) are not supported")
        }
        // Yams marks plain keys as strings when it looks for duplicates, so what they spell has to
        // decide, not their tag.
        guard case .value(.string(let key)) = PlainScalar.resolve(scalar.string) else {
            throw refusal(
                scalar.mark,
                "a key must be a string; put `\(abbreviated(scalar.string))` in quotes")
        }
        return key
    }

    // MARK: Scalars

    private func value(of scalar: Node.Scalar) throws(ScrivenerError) -> JSONValue {
        switch resolution(of: scalar) {
        case .value(let value): return value
        case .refused(let reason):
            throw refusal(scalar.mark, "`\(abbreviated(scalar.string))` \(reason)")
        }
    }

    private func resolution(of scalar: Node.Scalar) -> PlainScalar {
        switch (scalar.tag.description, scalar.style) {
        case ("", .plain): PlainScalar.resolve(scalar.string)
        case ("", _), ("!", _), (yamlTag("str"), _): .value(.string(scalar.string))
        case (let tag, _): tagged(scalar.string, tag)
        }
    }

    /// A scalar whose type is stated.
    private func tagged(_ text: String, _ tag: String) -> PlainScalar {
        let resolved = PlainScalar.resolve(text)
        switch (tag, resolved) {
        case (yamlTag("null"), .value(.null)), (yamlTag("bool"), .value(.bool)),
            (yamlTag("int"), .value(.integer)), (yamlTag("float"), .value(.integer)),
            (yamlTag("float"), .value(.number)):
            return resolved
        case (yamlTag("null"), _), (yamlTag("bool"), _), (yamlTag("int"), _),
            (yamlTag("float"), _):
            return .refused("is not what its tag says")
        default: return .refused("has a tag that JSON has no type for: \(abbreviated(tag))")
        }
    }

    // MARK: Limits

    /// Checks that a collection may be entered, and pays for it.
    private mutating func enter(
        _ tag: Tag, _ kind: String, _ mark: Mark?
    ) throws(ScrivenerError) {
        try spend(bytes: 0)
        guard path.count < YAMLLimits.maximumDepth else {
            throw refusal(mark, "nested deeper than \(YAMLLimits.maximumDepth) levels")
        }
        guard ["", "!", yamlTag(kind)].contains(tag.description) else {
            throw refusal(
                mark, "a tag that JSON has no type for: \(abbreviated(tag.description))")
        }
    }

    private mutating func spend(bytes: Int) throws(ScrivenerError) {
        nodesLeft -= 1
        bytesLeft -= bytes
        guard nodesLeft >= 0 else {
            throw tooLarge(
                "the YAML document has too many values once its aliases are expanded",
                limit: YAMLLimits.maximumNodes, actual: "more", unit: "values")
        }
        guard bytesLeft >= 0 else {
            throw tooLarge(
                "the YAML document is too large once its aliases are expanded",
                limit: YAMLLimits.maximumExpandedBytes, actual: "more", unit: "bytes")
        }
    }

    // MARK: Errors

    private func refusal(
        _ mark: Mark?, _ message: String, code: ErrorCode = .planSyntax
    ) -> ScrivenerError {
        syntaxError(code, at: pointer, "\(place(mark)): \(message)")
    }

    /// The path as a JSON pointer (RFC 6901), with long keys cut short.
    private var pointer: String {
        path.map { step in
            switch step {
            case .index(let index): "/\(index)"
            case .key(let key): "/" + pointerToken(abbreviated(key))
            }
        }.joined()
    }
}

private func yamlTag(_ name: String) -> String { "tag:yaml.org,2002:" + name }

/// A key as a token of a JSON pointer.
private func pointerToken(_ key: String) -> String {
    var token = String.UnicodeScalarView()
    for character in key.unicodeScalars {
        switch character {
        case "~": token.append(contentsOf: "~0".unicodeScalars)
        case "/": token.append(contentsOf: "~1".unicodeScalars)
        default: token.append(character)
        }
    }
    return String(token)
}
