// `docs/plan.schema.json` against the parser: whoever writes a plan with the help of the schema must not be
// told another thing by the coordinator.

import Foundation
import ScrivenerYAML
import Testing

@testable import ScrivenerModel

struct PlanSchemaTests {
    private let schema: JSONValue

    init() throws {
        schema = try RawJSON(Array(try Self.contents("docs/plan.schema.json"))).value()
    }

    private static func contents(_ path: String) throws -> Data {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        return try Data(contentsOf: root.appending(path: path))
    }

    /// Each object of a plan, the fields that the parser knows, and the plan around one of it.
    enum Part: String, CaseIterable {
        case plan = "Plan"
        case task = "Task"
        case config = "Config"
        case retry = "Retry"
        case join = "Join"
        case callback = "Callback"

        var fields: [String] {
            switch self {
            case .plan: ResearchPlan.CodingKeys.table.names
            case .task: ResearchTask.CodingKeys.table.names
            case .config: OrchestrationConfig.CodingKeys.table.names
            case .retry: RetryRule.CodingKeys.table.names
            case .join: JoinRule.CodingKeys.table.names
            case .callback: PlanCallback.CodingKeys.table.names
            }
        }

        /// - Parameter member: `"name": value`, or nothing.
        func plan(with member: String) -> String {
            let task = #""task_id": "a", "task_type": "t""#
            func comma(_ text: String) -> String { text.isEmpty ? "" : ", " + text }
            switch self {
            case .plan: return #"{"query": "q", "tasks": [{\#(task)}]\#(comma(member))}"#
            case .task: return #"{"query": "q", "tasks": [{\#(task)\#(comma(member))}]}"#
            case .config: return #"{"query": "q", "config": {\#(member)}, "tasks": [{\#(task)}]}"#
            case .retry: return #"{"query": "q", "tasks": [{\#(task), "retry": {\#(member)}}]}"#
            case .callback:
                return #"{"query": "q", "tasks": [{\#(task)}], "callbacks": [{\#(member)}]}"#
            case .join:
                let others = #"{"task_id": "b", "task_type": "t"}"#
                let needs = #""dependencies": ["b"], "needs": {"at_least": 1\#(comma(member))}"#
                return #"{"query": "q", "tasks": [\#(others), {\#(task), \#(needs)}]}"#
            }
        }
    }

    private func properties(_ part: Part) -> [(key: String, value: JSONValue)] {
        guard case .object(let members)? = schema["$defs"]?[part.rawValue]?["properties"] else {
            return []
        }
        return members
    }

    /// A field that is in one of the two only is refused by the one or not offered by the other.
    @Test(arguments: Part.allCases)
    func theFieldsAreThoseOfTheParser(part: Part) {
        #expect(properties(part).map(\.key).sorted() == part.fields.sorted())
        #expect(schema["$defs"]?[part.rawValue]?["additionalProperties"] == .bool(false))
    }

    /// The parser takes a number that the schema just allows, and refuses the next.
    @Test(arguments: Part.allCases.filter { $0 != .callback })
    func theBoundsAreThoseOfTheParser(part: Part) throws {
        var tried = 0
        for (name, property) in properties(part) where !(part == .join && name == "at_least") {
            let rule = resolved(property)
            for (bound, step) in [("minimum", -1), ("maximum", 1), ("exclusiveMinimum", 0)] {
                guard let limit = rule[bound]?.doubleValue else { continue }
                tried += 1
                if bound != "exclusiveMinimum" {
                    #expect(Self.mistakes(part, name, "\(limit)") == [], "\(name) \(bound)")
                }
                let beyond =
                    "\(limit + Double(step) * (rule["type"] == .string("integer") ? 1 : 0.001))"
                #expect(Self.mistakes(part, name, beyond) == [.planOutOfRange], "\(name) \(bound)")
            }
            guard case .array(let words)? = rule["enum"] else { continue }
            for word in words.compactMap(\.stringValue) {
                #expect(Self.mistakes(part, name, "\"\(word)\"") == [], "\(name) \(word)")
            }
            #expect(Self.mistakes(part, name, "\"neither\"") == [.planOutOfRange], "\(name)")
        }
        #expect(tried > 0)
    }

    /// What a callback may be is more than numbers, and said in other words.
    @Test func theBoundsOfCallbacksAreThoseOfTheParser() throws {
        let callbacks = try #require(properties(.plan).first { $0.key == "callbacks" }?.value)
        #expect(
            callbacks["maxItems"]?.doubleValue == Double(PlanLimits().maximumCallbacks))
        let rules = Dictionary(
            properties(.callback).map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        #expect(rules["url"]?["maxLength"]?.doubleValue == Double(CallbackURL.maximumBytes))
        let events = rules["events"]
        #expect(
            events?["items"]?["enum"]?.arrayValue?.compactMap(\.stringValue)
                == CallbackEvent.allCases.map(\.rawValue))
        #expect(
            events?["default"]?.arrayValue?.compactMap(\.stringValue)
                == CallbackEvent.ends.map(\.rawValue))
        #expect(events?["minItems"]?.doubleValue == 1)
        let pattern = try Regex(try #require(rules["secret"]?["pattern"]?.stringValue))
        for (count, isTaken) in [(23, false), (24, true), (25, true), (64, true), (65, false)] {
            let text = "whsec_" + Data(repeating: 7, count: count).base64EncodedString()
            #expect(((try? CallbackSecret(text)) != nil) == isTaken)
            #expect((try pattern.wholeMatch(in: text) != nil) == isTaken, "\(count)")
        }
    }

    /// Every property of its type, and of none of the others.
    @Test(arguments: Part.allCases)
    func theTypesAreThoseOfTheParser(part: Part) {
        for (name, property) in properties(part) {
            let wrong = resolved(property)["type"] == .string("boolean") ? "7" : "true"
            let mistakes = Self.mistakes(part, name, wrong)
            // What the sample already has stands twice then.
            #expect(
                mistakes.contains(.planWrongType) || mistakes.contains(.planDuplicateField),
                "\(name): \(mistakes)")
        }
    }

    /// What holds where a plan is silent is said by the schema as well.
    @Test func theDefaultsAreThoseOfTheCode() throws {
        let encoded = try JSONEncoder().encode(OrchestrationConfig())
        let defaults = try RawJSON(Array(encoded)).value()
        for (name, property) in properties(.config) {
            #expect(property["default"]?.doubleValue == defaults[name]?.doubleValue, "\(name)")
            #expect(property["default"] != nil, "\(name)")
        }
    }

    /// A schema that refuses a plan that is taken, or has an example that is refused, helps nobody.
    /// `scripts/api-check` holds the same plans against the schema.
    @Test(arguments: ["policies.yaml", "quorum.json", "research.yaml", "translate.yaml"])
    func theExamplesAreTaken(name: String) throws {
        let bytes = Array(try Self.contents("examples/plans/\(name)"))
        let plan = try PlanParser.plan(
            fromJSON: name.hasSuffix(".yaml") ? json(fromYAML: bytes) : bytes)
        #expect(!plan.tasks.isEmpty)
    }

    /// What the README shows is one of the examples, and so taken.
    @Test func theReadmeShowsAnExample() throws {
        let example = String(
            decoding: try Self.contents("examples/plans/translate.yaml"), as: UTF8.self)
        let plan = example.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let readme = String(decoding: try Self.contents("README.md"), as: UTF8.self)
        #expect(plan.count > 5)
        #expect(readme.contains(plan.joined(separator: "\n")))
    }

    private func resolved(_ property: JSONValue) -> JSONValue {
        guard let reference = property["$ref"]?.stringValue,
            let name = reference.split(separator: "/").last
        else { return property }
        return schema["$defs"]?[String(name)] ?? property
    }

    private static func mistakes(_ part: Part, _ name: String, _ value: String) -> [ErrorCode] {
        do throws(ScrivenerError) {
            _ = try PlanParser.plan(fromJSON: Array(part.plan(with: "\"\(name)\": \(value)").utf8))
            return []
        } catch {
            return error.mistakes.map(\.code)
        }
    }
}
