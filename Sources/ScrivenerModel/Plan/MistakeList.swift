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
        let nearest = known.map { ($0, editDistance($0, field)) }.min { $0.1 < $1.1 }
        var message = "no such field"
        if let (name, distance) = nearest, distance <= 3 { message += "; did you mean \(name)?" }
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

/// Levenshtein's distance, for suggestions; long words are not worth comparing.
private func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left.utf8.prefix(64))
    let b = Array(right.utf8.prefix(64))
    var row = Array(0...b.count)
    for (i, byte) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in b.enumerated() {
            let substituted = diagonal + (byte == other ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
        }
    }
    return row[b.count]
}
