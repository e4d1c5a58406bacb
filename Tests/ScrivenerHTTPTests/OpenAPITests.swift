// `docs/openapi.yaml` against the code. `scripts/api-check` holds it against what a coordinator answers.

import ScrivenerModel
import Testing

@testable import ScrivenerHTTP

struct OpenAPITests {
    private let document: JSONValue

    init() throws { document = try Repository.document("docs/openapi.yaml") }

    private static let methods = [
        "get", "put", "post", "delete", "options", "head", "patch", "trace",
    ]

    /// Who generates a client gets a function for each route, and none for what is not served.
    @Test func everyRouteIsInTheDocumentAndEveryOperationIsARoute() throws {
        var operations: [String] = []
        for path in document["paths"]?.members ?? [] {
            for (method, _) in path.value.members where Self.methods.contains(method) {
                operations.append(method.uppercased() + " " + path.key)
            }
        }
        let routes = APIRoutes.described
        #expect(operations.sorted() == routes.routes.map(\.described).sorted())
    }

    /// Who generates a client learns which operations need a token, and how they refuse.
    @Test func everyOperationSaysWhoMayAsk() throws {
        for route in APIRoutes.described.routes {
            let words = route.described.split(separator: " ")
            let path = try #require(document["paths"]?[String(words[1])])
            let operation = try #require(path[words[0].lowercased()], "\(route.described)")
            let statuses = Set(operation["responses"]?.members.map(\.key) ?? [])
            let needed: Set =
                route.access == .open ? ["421"] : ["401", "403", "421", "429"]
            #expect(statuses.isSuperset(of: needed), "\(route.described)")
            let isOpen = operation["security"]?.arrayValue?.isEmpty == true
            #expect(isOpen == (route.access == .open), "\(route.described)")
        }
    }

    /// Enumerations of the document are those of the code: a client that refuses what it does not know
    /// would break on a value that was forgotten here.
    @Test(arguments: [
        ("SessionStatus", SessionStatus.allCases.map(\.rawValue)),
        ("SessionState", SessionState.allCases.map(\.rawValue)),
        ("TaskStatus", TaskStatus.allCases.map(\.rawValue)),
        ("ExplanationReason", Explanation.Reason.allCases.map(\.rawValue)),
        ("FailureClass", FailureClass.allCases.map(\.name)),
        ("CallbackEvent", CallbackEvent.allCases.map(\.rawValue)),
        ("DeliveryState", CallbackDelivery.State.allCases.map(\.rawValue)),
    ])
    func enumerationsAreThoseOfTheCode(schema: String, words: [String]) throws {
        let found = document["components"]?["schemas"]?[schema]?["enum"]?.arrayValue ?? []
        #expect(found.compactMap(\.stringValue) == words)
    }

    /// What an operation may answer with in case of trouble is what the catalogue has: each problem's
    /// response is a problem document.
    @Test func problemsAreProblemDocuments() throws {
        let responses = document["components"]?["responses"]?.members ?? []
        let problems = responses.filter {
            !["Asset", "AssetUnchanged", "Session"].contains($0.key)
        }
        #expect(problems.count > 10)
        for (name, response) in problems {
            let content = try #require(response["content"]?.members.first, "\(name)")
            #expect(content.key == "application/problem+json", "\(name)")
            let codes = response["description"]?.stringValue?.split(separator: "`") ?? []
            let named = codes.compactMap { ErrorCode(rawValue: String($0)) }
            #expect(!named.isEmpty, "\(name)")
        }
    }

    /// A plan is described once: in the schema that editors use, and in the document, which has to be
    /// complete by itself.
    @Test func plansAreDescribedAsInTheirSchema() throws {
        let schema = try Repository.document("docs/plan.schema.json")
        let definitions = try #require(schema["$defs"]).members
        #expect(definitions.count > 5)
        for (name, definition) in definitions {
            let found = try #require(document["components"]?["schemas"]?[name], "\(name)")
            let text = String(decoding: RawJSON(definition).bytes, as: UTF8.self)
            let moved = text.replacing("#/$defs/", with: "#/components/schemas/")
            #expect(String(decoding: RawJSON(found).bytes, as: UTF8.self) == moved, "\(name)")
        }
    }
}
