// What is wrong with a file that a command was given, whatever kind of file it is.

import ScrivenerClient
import ScrivenerModel

/// A mistake of a file, as the coordinator's problem documents tell those of a plan.
struct DocumentMistake: Encodable {
    var code: String
    var pointer: String
    var message: String
    var limit: String?
    var actual: String?

    init(_ mistake: Mistake) {
        code = mistake.code.rawValue
        pointer = mistake.path
        message = mistake.message
        limit = mistake.limit
        actual = mistake.actual
    }

    /// The mistake on one line.
    var line: String {
        APIProblem.Mistake(
            code: code, pointer: pointer, message: message, limit: limit, actual: actual
        ).line
    }
}
