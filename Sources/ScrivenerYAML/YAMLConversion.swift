// A plan may be written in YAML. It is turned into the bytes of the same document in JSON, so that
// there is one parser of plans, and one list of what can be wrong with them.
//
// Yams composes a tree; this module walks it. Two dangers come before the walk, because Yams hashes
// every mapping key with all that hangs on it: see `ComposeGuard`. The walk itself spends from a
// budget, which is what stops an alias of aliases of aliases ("billion laughs").

package import ScrivenerModel
import Yams

/// What a YAML document may be at most. Larger plans are sent as JSON, which needs no tree.
package enum YAMLLimits {
    /// Of the document as it was sent.
    package static let maximumBytes = 4 << 20
    /// How deep sequences and mappings may be nested.
    package static let maximumDepth = JSONReader.maximumDepth
    /// Scalars, sequences and mappings, each alias counted as all that it stands for.
    package static let maximumNodes = 1_000_000
    /// Of all scalars and keys, each alias counted as all that it stands for.
    package static let maximumExpandedBytes = 16 << 20
}

/// Converts a YAML document to JSON.
///
/// Plain scalars are resolved as YAML 1.1 and Yams do it, less what JSON or people read otherwise:
/// not-a-number, infinities, base 60, leading zeros and integers of more than 64 bits are refused.
/// So are duplicate keys, keys that are not strings, merge keys, tags other than the JSON types,
/// and more than one document.
///
/// - Throws: `ScrivenerError` with the code `plan_syntax` and one mistake that names line and
///   column, or `plan_too_large` with the limit and the actual size.
package func json(fromYAML bytes: [UInt8]) throws(ScrivenerError) -> [UInt8] {
    guard bytes.count <= YAMLLimits.maximumBytes else {
        throw tooLarge(
            "the YAML document is too large; send it as JSON",
            limit: YAMLLimits.maximumBytes, actual: "\(bytes.count)", unit: "bytes")
    }
    try ComposeGuard.check(bytes)
    guard let root = try compose(text(of: bytes)) else {
        throw syntaxError(.planSyntax, at: "", "the document is empty")
    }
    var walk = NodeWalk()
    let value = try walk.value(of: root)
    var writer = JSONWriter()
    writer.write(value)
    return writer.bytes
}

/// The text, without a byte order mark.
private func text(of bytes: [UInt8]) throws(ScrivenerError) -> String {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let contents = bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...]
    guard let text = String(validating: contents, as: UTF8.self) else {
        throw syntaxError(
            .planSyntax, at: "", position(ofInvalidUTF8In: contents) + ": the text is not UTF-8")
    }
    return text
}

private func position(ofInvalidUTF8In bytes: ArraySlice<UInt8>) -> String {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var line = 1
    var column = 1
    while case .scalarValue(let scalar) = decoder.decode(&iterator) {
        column += 1
        if scalar == "\n" {
            line += 1
            column = 1
        }
    }
    return "line \(line), column \(column)"
}

private func compose(_ text: String) throws(ScrivenerError) -> Node? {
    do {
        // No resolver: plain scalars are resolved by `PlainScalar`, which refuses what is
        // ambiguous and needs no regular expressions.
        return try Yams.compose(yaml: text, .basic, .default, .utf8)
    } catch let error as YamlError {
        throw refusal(error, of: text)
    } catch {
        throw syntaxError(.planSyntax, at: "", "the document cannot be read")
    }
}

private func refusal(_ error: YamlError, of text: String) -> ScrivenerError {
    switch error {
    case .scanner(let context, let problem, let mark, _),
        .parser(let context, let problem, let mark, _),
        .composer(let context, let problem, let mark, _):
        let circumstance = context.map { " \($0.text)" } ?? ""
        return syntaxError(.planSyntax, at: "", "\(place(mark)): \(problem)\(circumstance)")
    case .reader(let problem, let offset, _, _):
        let place = offset.map { position(ofCharacter: $0, in: text) + ": " } ?? ""
        return syntaxError(.planSyntax, at: "", place + problem)
    case .duplicatedKeysInMapping(let keys, let context):
        let key = abbreviated(keys.first ?? "")
        return syntaxError(
            .planDuplicateField, at: "", "\(place(context.mark)): the key `\(key)` is given twice")
    case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
        return syntaxError(.planSyntax, at: "", "the document cannot be read")
    }
}

private func position(ofCharacter offset: Int, in text: String) -> String {
    let lines = text.prefix(offset).split(
        omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    return "line \(max(1, lines.count)), column \((lines.last?.unicodeScalars.count ?? 0) + 1)"
}

func place(_ mark: Mark?) -> String {
    mark.map { "line \($0.line), column \($0.column)" } ?? "line unknown"
}

/// As much of a text as belongs into an error message.
func abbreviated(_ text: String) -> String {
    text.count > 40 ? text.prefix(40) + "…" : text
}

func syntaxError(_ code: ErrorCode, at path: String, _ message: String) -> ScrivenerError {
    ScrivenerError(
        .planSyntax, "the plan is not a YAML document that can be read as JSON",
        mistakes: [Mistake(code, at: path, message)])
}

func tooLarge(
    _ message: String, limit: Int, actual: String, unit: String
) -> ScrivenerError {
    ScrivenerError(
        .planTooLarge, message,
        mistakes: [
            Mistake(
                .planTooLarge, at: "", message, limit: "\(limit) \(unit)",
                actual: "\(actual) \(unit)")
        ])
}
