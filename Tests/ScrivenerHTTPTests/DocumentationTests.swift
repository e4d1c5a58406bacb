// Documents that list what the code lists: the two are held together here.

import Foundation
import HTTPTypes
import ScrivenerModel
import Testing

@testable import ScrivenerHTTP

struct DocumentationTests {
    /// Somebody looks up the code that a log shows: it has to be there, once, with the status and
    /// the fault that the code really has.
    @Test func everyErrorCodeHasItsRow() throws {
        var rows: [String: [[String]]] = [:]
        for line in try Repository.text("docs/errors.md").split(separator: "\n") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard line.hasPrefix("| `"), let name = cells.first else { continue }
            rows[name.trimmingCharacters(in: ["`"]), default: []].append(cells)
        }
        #expect(Set(rows.keys) == Set(ErrorCode.allCases.map(\.rawValue)))
        for code in ErrorCode.allCases {
            let found = try #require(rows[code.rawValue])
            #expect(found.count == 1, "\(code.rawValue)")
            let cells = try #require(found.first)
            try #require(cells.count == 5, "\(code.rawValue)")
            #expect(cells[2] == code.fault.rawValue, "\(code.rawValue)")
            #expect(["\(code.httpStatus)", "–"].contains(cells[3]), "\(code.rawValue)")
            #expect((cells[3] == "–") == code.isOutsideHTTP, "\(code.rawValue)")
        }
    }

    /// A route that is not in the documentation is used by nobody, or by guessing.
    @Test func everyRouteIsDescribed() throws {
        let text = try Repository.text("docs/api.md")
        let routes = APIRoutes.described
        for route in routes.routes {
            #expect(text.contains("## `\(route.described)`"))
        }
    }
}

extension ErrorCode {
    /// Whether nobody meets it over HTTP: it is for those who start a process, write a worker, or are
    /// connected by the library.
    fileprivate var isOutsideHTTP: Bool {
        switch self {
        case .configurationInvalid, .journalLocked, .journalNewer, .journalOlder, .journalCorrupt,
            .journalUnwritable, .journalOnNetworkFileSystem, .protocolVersion, .protocolError,
            .workerSuperseded, .registrationInvalid, .accessDenied, .accessRevoked,
            .coordinatorUnreachable, .answerUnreadable:
            true
        default: false
        }
    }
}
