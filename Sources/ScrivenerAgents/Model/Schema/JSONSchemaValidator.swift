// Holds a value against a schema. What it says of mistakes goes back to the model, so it names places and what
// would be right there. Both the schema and the value may be recursive; depth and work are bounded.

import ScrivenerModel

struct JSONSchemaValidator {
    static let maximumMistakes = 20
    static let maximumDepth = 64
    static let maximumSteps = 100_000
    /// What looks at many names, values or bytes at once counts as one more for each so many.
    private static let looksOfAStep = 64

    private let root: JSONValue
    private var found: [JSONSchemaMistake] = []
    private var steps = 0

    init(root: JSONValue) { self.root = root }

    mutating func mistakes(of value: JSONValue) -> [JSONSchemaMistake] {
        validate(value, root, at: "", depth: 0)
        return found
    }

    private mutating func validate(
        _ value: JSONValue, _ schema: JSONValue, at path: String, depth: Int
    ) {
        steps += 1
        guard found.count < Self.maximumMistakes else { return }
        guard depth < Self.maximumDepth, steps < Self.maximumSteps else {
            return mistake(path, "is too deep, or too much, to be checked")
        }
        switch schema {
        case .bool(let isAllowed): if !isAllowed { mistake(path, "must not be there") }
        case .object(let rules):
            for (keyword, rule) in rules where steps < Self.maximumSteps {
                apply(keyword, rule, of: schema, to: value, at: path, depth: depth + 1)
            }
        default: break
        }
        // Nothing passes because it was not looked at.
        if steps >= Self.maximumSteps, found.isEmpty {
            mistake(path, "is too much to be checked")
        }
    }

    private mutating func apply(
        _ keyword: String, _ rule: JSONValue, of schema: JSONValue, to value: JSONValue,
        at path: String, depth: Int
    ) {
        switch keyword {
        case "type": checkType(value, rule, path)
        case "enum":
            count(rule.arrayValue?.count ?? 0)
            if rule.arrayValue?.contains(where: { Self.equal($0, value) }) == false {
                mistake(path, "must be one of \(RawJSON(rule).text.beginning(ofBytes: 500))")
            }
        case "const":
            if !Self.equal(rule, value) {
                mistake(path, "must be \(RawJSON(rule).text.beginning(ofBytes: 200))")
            }
        case "$ref":
            if let target = rule.stringValue.flatMap({ JSONSchemaReference.schema($0, in: root) }) {
                validate(value, target, at: path, depth: depth)
            }
        case "allOf":
            for each in rule.arrayValue ?? [] { validate(value, each, at: path, depth: depth) }
        case "anyOf", "oneOf": checkAlternatives(keyword, rule, value, path, depth)
        case "not": if holds(value, rule, depth) { mistake(path, "is what it must not be") }
        default: applyToKind(keyword, rule, of: schema, to: value, at: path, depth: depth)
        }
    }

    private mutating func applyToKind(
        _ keyword: String, _ rule: JSONValue, of schema: JSONValue, to value: JSONValue,
        at path: String, depth: Int
    ) {
        switch value {
        case .object(let members):
            applyToObject(keyword, rule, schema, value, members, path, depth)
        case .array(let elements):
            applyToArray(keyword, rule, schema, elements, path, depth)
        case .string(let text): applyToText(keyword, rule, text, path)
        case .integer, .number: applyToNumber(keyword, rule, value.doubleValue ?? 0, path)
        case .bool, .null: break
        }
    }

    // MARK: Keywords

    private mutating func checkType(_ value: JSONValue, _ rule: JSONValue, _ path: String) {
        let names = JSONSchemaKind.names(in: rule)
        if !names.contains(where: { JSONSchemaKind.holds($0, of: value) }) {
            mistake(
                path,
                "must be of type \(names.joined(separator: " or ")), not \(JSONSchemaKind.name(of: value))"
            )
        }
    }

    private mutating func checkAlternatives(
        _ keyword: String, _ rule: JSONValue, _ value: JSONValue, _ path: String, _ depth: Int
    ) {
        var fitting = 0
        for each in rule.arrayValue ?? [] where holds(value, each, depth) { fitting += 1 }
        if fitting == 0 { mistake(path, "fits none of the alternatives of \(keyword)") }
        if keyword == "oneOf", fitting > 1 {
            mistake(path, "fits more than one alternative of oneOf")
        }
    }

    /// Whether a value is what a schema says, without a word about why it is not.
    private mutating func holds(_ value: JSONValue, _ schema: JSONValue, _ depth: Int) -> Bool {
        let before = found
        found = []
        validate(value, schema, at: "", depth: depth)
        let isFitting = found.isEmpty
        found = before
        return isFitting
    }

    private mutating func applyToObject(
        _ keyword: String, _ rule: JSONValue, _ schema: JSONValue, _ value: JSONValue,
        _ members: [(key: String, value: JSONValue)], _ path: String, _ depth: Int
    ) {
        switch keyword {
        case "properties":
            let known = rules(in: rule, for: members)
            for (name, member) in members {
                if let each = known[name] {
                    validate(member, each, at: "\(path)/\(name)", depth: depth)
                }
            }
        case "required":
            count(members.count + (rule.arrayValue?.count ?? 0))
            let present = Set(members.map(\.key))
            for name in rule.arrayValue?.compactMap(\.stringValue) ?? []
            where !present.contains(name) {
                mistake(path, "lacks \(name)")
            }
        case "additionalProperties":
            let known = rules(in: schema["properties"], for: members)
            for (name, member) in members where known[name] == nil {
                if rule == .bool(false) {
                    mistake("\(path)/\(name.prefix(100))", "must not be there")
                } else {
                    validate(member, rule, at: "\(path)/\(name)", depth: depth)
                }
            }
        case "minProperties": checkLeast(members.count, rule, "members", path)
        case "maxProperties": checkMost(members.count, rule, "members", path)
        default: break
        }
    }

    private mutating func count(_ looks: Int) { steps += looks / Self.looksOfAStep }

    /// Rules by the names that they are for; the last where there are several for one.
    private mutating func rules(
        in object: JSONValue?, for members: [(key: String, value: JSONValue)]
    ) -> [String: JSONValue] {
        guard !members.isEmpty, case .object(let rules)? = object else { return [:] }
        count(members.count + rules.count)
        return Dictionary(rules.map { ($0.key, $0.value) }) { $1 }
    }

    private mutating func applyToArray(
        _ keyword: String, _ rule: JSONValue, _ schema: JSONValue, _ elements: [JSONValue],
        _ path: String, _ depth: Int
    ) {
        switch keyword {
        case "items":
            let first = schema["prefixItems"]?.arrayValue?.count ?? 0
            for (place, element) in elements.enumerated() where place >= first {
                validate(element, rule, at: "\(path)/\(place)", depth: depth)
            }
        case "prefixItems":
            for (place, pair) in zip(elements, rule.arrayValue ?? []).enumerated() {
                validate(pair.0, pair.1, at: "\(path)/\(place)", depth: depth)
            }
        case "minItems": checkLeast(elements.count, rule, "elements", path)
        case "maxItems": checkMost(elements.count, rule, "elements", path)
        case "uniqueItems":
            let texts = elements.map { RawJSON($0).bytes }
            count(texts.reduce(texts.count) { $0 + $1.count })
            if rule == .bool(true), Set(texts).count < texts.count {
                mistake(path, "has an element twice")
            }
        default: break
        }
    }

    private mutating func applyToText(
        _ keyword: String, _ rule: JSONValue, _ text: String, _ path: String
    ) {
        guard keyword == "minLength" || keyword == "maxLength" else { return }
        count(text.utf8.count)
        let length = text.unicodeScalars.count
        if keyword == "minLength" {
            checkLeast(length, rule, "characters", path)
        } else {
            checkMost(length, rule, "characters", path)
        }
    }

    private mutating func applyToNumber(
        _ keyword: String, _ rule: JSONValue, _ number: Double, _ path: String
    ) {
        guard let bound = rule.doubleValue else { return }
        switch keyword {
        case "minimum": if number < bound { mistake(path, "must be at least \(bound)") }
        case "maximum": if number > bound { mistake(path, "must be at most \(bound)") }
        case "exclusiveMinimum": if number <= bound { mistake(path, "must be more than \(bound)") }
        case "exclusiveMaximum": if number >= bound { mistake(path, "must be less than \(bound)") }
        default: break
        }
    }

    private mutating func checkLeast(
        _ count: Int, _ rule: JSONValue, _ what: String, _ path: String
    ) {
        guard let bound = rule.integerValue, count < bound else { return }
        mistake(path, "has \(count) \(what); at least \(bound) are needed")
    }

    private mutating func checkMost(
        _ count: Int, _ rule: JSONValue, _ what: String, _ path: String
    ) {
        guard let bound = rule.integerValue, count > bound else { return }
        mistake(path, "has \(count) \(what); at most \(bound) are allowed")
    }

    // MARK: Values

    /// As JSON Schema compares: numbers by value, objects without an order.
    private static func equal(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.object(let a), .object(let b)):
            a.count == b.count
                && a.allSatisfy { key, value in right[key].map { equal(value, $0) } ?? false }
        case (.array(let a), .array(let b)):
            a.count == b.count && zip(a, b).allSatisfy { equal($0, $1) }
        case (.integer, .number), (.number, .integer): left.doubleValue == right.doubleValue
        default: left == right
        }
    }

    private mutating func mistake(_ path: String, _ message: String) {
        guard found.count < Self.maximumMistakes else { return }
        found.append(JSONSchemaMistake(path: path, message: message))
    }
}
