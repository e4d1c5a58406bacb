// What `PlanParser` needs for each field of each task, and of a hundred thousand tasks: which field a key
// names, which were there already, and where the reader stands. Texts of places are made only for
// mistakes.

/// The fields of an object in a plan.
protocol PlanField: RawRepresentable, CaseIterable, Hashable, Sendable where RawValue == String {
    static var table: PlanFieldTable<Self> { get }
}

/// Finds the field that a key names.
struct PlanFieldTable<Field: PlanField>: Sendable {
    /// In the order in which they are declared.
    let names: [String]
    private let fields: [String: Field]
    private let places: [Field: Int]

    init() {
        names = Field.allCases.map(\.rawValue)
        fields = Dictionary(uniqueKeysWithValues: Field.allCases.map { ($0.rawValue, $0) })
        places = Dictionary(
            uniqueKeysWithValues: Field.allCases.enumerated().map { ($0.element, $0.offset) })
        precondition(names.count <= UInt64.bitWidth, "a set of fields is a word")
    }

    subscript(key: String) -> Field? { fields[key] }

    fileprivate func bit(of field: Field) -> UInt64 { 1 << UInt64(places[field] ?? 0) }
}

/// Which fields of an object were there.
struct PlanFieldSet<Field: PlanField> {
    private var bits: UInt64 = 0

    func contains(_ field: Field) -> Bool { bits & Field.table.bit(of: field) != 0 }

    /// - Returns: whether it was not there yet.
    mutating func insert(_ field: Field) -> Bool {
        let bit = Field.table.bit(of: field)
        defer { bits |= bit }
        return bits & bit == 0
    }
}

/// Where a reader stands in a document.
struct PlanPath {
    private enum Step {
        case key(String)
        case place(Int)
    }

    private var steps: [Step] = []

    /// As a JSON pointer (RFC 6901).
    var pointer: String {
        steps.reduce(into: "") { pointer, step in
            switch step {
            case .key(let key): pointer += "/" + Self.escape(key)
            case .place(let place): pointer += "/\(place)"
            }
        }
    }

    mutating func enter(_ key: String) { steps.append(.key(key)) }
    mutating func enter(_ place: Int) { steps.append(.place(place)) }
    mutating func leave() { steps.removeLast() }

    private static func escape(_ key: String) -> String {
        var escaped = ""
        for scalar in key.unicodeScalars.prefix(200) {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

/// Of what an agent proposes.
enum ProposalField: String, PlanField {
    case tasks

    static let table = PlanFieldTable<Self>()
}

extension ResearchPlan.CodingKeys: PlanField {
    static let table = PlanFieldTable<Self>()
}

extension ResearchTask.CodingKeys: PlanField {
    static let table = PlanFieldTable<Self>()
}

extension OrchestrationConfig.CodingKeys: PlanField {
    static let table = PlanFieldTable<Self>()
}

extension RetryRule.CodingKeys: PlanField {
    static let table = PlanFieldTable<Self>()
}

extension PlanCallback.CodingKeys: PlanField {
    static let table = PlanFieldTable<Self>()
}

extension JoinRule.CodingKeys: PlanField {
    static let table = PlanFieldTable<Self>()
}
