// Collects what is wrong with a plan, up to a limit, and counts the rest.

struct MistakeList {
    private(set) var mistakes: [Mistake] = []
    private var total = 0
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func contains(at path: String) -> Bool { mistakes.contains { $0.path == path } }

    mutating func add(_ mistake: Mistake) {
        total += 1
        if mistakes.count < limit { mistakes.append(mistake) }
    }

    mutating func missing(_ field: String, at path: String) {
        add(Mistake(.planMissingField, at: "\(path)/\(field)", "the field is missing"))
    }

    mutating func outOfRange(_ limit: String, _ actual: Double, at path: String) {
        let shown = Int64(exactly: actual).map { "\($0)" } ?? "\(actual)"
        add(
            Mistake(
                .planOutOfRange, at: path, "must be \(limit)", limit: limit, actual: shown))
    }

    mutating func unknown(_ field: String, at path: PlanPath, known: [String]) {
        // A large plan may hold millions of them: only those that are listed are worth a
        // suggestion.
        guard mistakes.count < limit else {
            total += 1
            return
        }
        let nearest = Suggestion.nearest(to: field, among: known)
        let message = "no such field" + (nearest.map { "; did you mean \($0)?" } ?? "")
        add(
            Mistake(
                .planUnknownField, at: path.pointer, message, limit: known.joined(separator: ", "),
                actual: String(field.prefix(100))))
    }

    func throwIfAny() throws(ScrivenerError) {
        guard total > 0 else { return }
        let listed = total > mistakes.count ? "; the first \(mistakes.count) are listed" : ""
        let noun = total == 1 ? "mistake" : "mistakes"
        throw ScrivenerError(
            .planInvalid, "the plan has \(total) \(noun)\(listed)", mistakes: mistakes)
    }
}
