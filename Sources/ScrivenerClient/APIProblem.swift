// An answer that says no.

import FoundationEssentials

/// An error answer of the API: RFC 9457 with the coordinator's stable codes. Every member may be
/// missing, because a proxy in between may answer with something of its own.
package struct APIProblem: Sendable, Equatable, Decodable {
    package var title: String?
    package var status: Int?
    package var detail: String?
    package var code: String?
    package var errors: [Mistake]?
    /// From the header of the answer.
    package var retryAfterSeconds: Int?

    /// One thing that is wrong with what was sent.
    package struct Mistake: Sendable, Equatable, Decodable {
        package var code: String?
        package var pointer: String?
        package var message: String?
        package var limit: String?
        package var actual: String?

        package init(
            code: String?, pointer: String?, message: String?, limit: String?, actual: String?
        ) {
            self.code = code
            self.pointer = pointer
            self.message = message
            self.limit = limit
            self.actual = actual
        }
    }

    private enum CodingKeys: CodingKey { case title, status, detail, code, errors }

    /// Reads an error answer, whatever it is.
    package static func read(status: Int, body: [UInt8]) -> APIProblem {
        if var problem = try? JSONDecoder().decode(APIProblem.self, from: Data(body)) {
            problem.status = status
            return problem
        }
        let text = String(decoding: body.prefix(400), as: UTF8.self)
        return APIProblem(status: status, detail: text.isEmpty ? nil : text)
    }
}
