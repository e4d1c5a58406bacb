// Whom a request reaches: what counts is the address that is dialled, by whatever name and over whatever redirect.

import NIOHTTP1
import ScrivenerModel
import ScrivenerOutbound
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct OutboundAddressTests {
    // MARK: Addresses

    /// A URL that a page or an answer brought must not make this machine talk to itself.
    @Test func anAddressThatIsNotPublicIsNotAsked() async throws {
        try await LocalServer.run { _, connection in
            try await connection.answer()
        } _: { server in
            await #expect(throws: OutboundError.refused(addresses: ["127.0.0.1"])) {
                try await withClient(reaching: .publicOnly) {
                    try await $0.send(try get(server.url()))
                }
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func anAddressThatIsAllowedIsAsked() async throws {
        let range = try #require(AddressRange("127.0.0.0/8"))
        try await LocalServer.run { _, connection in
            try await connection.answer()
        } _: { server in
            let response = try await withClient(reaching: .public(and: [range])) {
                try await $0.send(try get(server.url()))
            }
            #expect(response.head.status == 200)
        }
    }

    /// DNS rebinding: a name that stands for something public when it is checked and for this machine a
    /// moment later. The address that was checked is the one that is dialled, so this machine is not.
    @Test func aNameThatChangesItsAddressGainsNothing() async throws {
        let allowed = try #require(AddressRange("127.0.0.2"))
        let names = ScriptedNames(["rebinding.example": ["127.0.0.2"]], later: "127.0.0.1")
        try await LocalServer.run { _, connection in
            try await connection.answer()
        } _: { server in
            await #expect(throws: OutboundError.self) {
                try await withClient(reaching: .public(and: [allowed]), names: names) {
                    try await $0.send(try get("http://rebinding.example:\(server.port)/"))
                }
            }
            await #expect(throws: OutboundError.refused(addresses: ["127.0.0.1"])) {
                try await withClient(reaching: .public(and: [allowed]), names: names) {
                    try await $0.send(try get("http://rebinding.example:\(server.port)/"))
                }
            }
            #expect(server.requests.isEmpty)
        }
    }

    /// `localhost` is often `::1` first, where nobody listens.
    @Test func aNameWithAnAddressWhereNobodyListensHasAnother() async throws {
        let names = ScriptedNames(["twice.example": ["127.0.0.2", "127.0.0.1"]])
        try await LocalServer.run { request, connection in
            try await connection.answer(200, request.headers["host"] ?? "")
        } _: { server in
            let response = try await withClient(names: names) {
                try await $0.send(try get("http://twice.example:\(server.port)/"))
            }
            #expect(
                String(decoding: response.body, as: UTF8.self) == "twice.example:\(server.port)")
        }
    }

    @Test func nobodyThereIsToldApartFromAConnectionThatBroke() async throws {
        // No test is given a port this low, so nobody comes to listen there meanwhile.
        let closed = "http://127.0.0.1:1/"
        let refused = await #expect(throws: OutboundError.self) {
            try await withClient { try await $0.send(try get(closed)) }
        }
        #expect(refused?.isBeforeSending == true)
        try await LocalServer.run { _, _ in
            throw HangUp()
        } _: { server in
            let broken = await #expect(throws: OutboundError.self) {
                try await withClient { try await $0.send(try get(server.url())) }
            }
            #expect(broken?.isBeforeSending == false)
            #expect(broken?.agentFailure.failureClass == .transient)
        }
    }

    // MARK: Redirects

    /// A public page that sends its readers to the metadata service of a cloud.
    @Test func aRedirectToAnAddressThatIsNotPublicIsNotFollowed() async throws {
        let range = try #require(AddressRange("127.0.0.1"))
        let names = ScriptedNames(["inside.example": ["127.0.0.1"]])
        try await LocalServer.run { request, connection in
            try await connection.answer(
                302,
                headers: [
                    "location": request.path == "/name"
                        ? "http://metadata.example/" : "http://169.254.169.254/latest/"
                ])
        } _: { server in
            for path in ["/name", "/address"] {
                let error = await #expect(throws: OutboundError.self) {
                    try await withClient(
                        reaching: .public(and: [range]),
                        names: names.adding("metadata.example", "169.254.169.254")
                            .adding("169.254.169.254", "169.254.169.254")
                    ) {
                        $0.maximumRedirects = 3
                    } _: {
                        try await $0.send(try get("http://inside.example:\(server.port)\(path)"))
                    }
                }
                #expect(error == .refused(addresses: ["169.254.169.254"]))
            }
        }
    }

    @Test func aRedirectIsFollowedAndTakesNoSecretsToAnotherOrigin() async throws {
        let names = ScriptedNames([
            "one.example": ["127.0.0.1"], "two.example": ["127.0.0.1"],
        ])
        try await LocalServer.run { request, connection in
            guard request.path == "/start" else {
                return try await connection.answer(200, request.path)
            }
            let port = request.headers["host"]?.split(separator: ":").last ?? ""
            try await connection.answer(
                301, headers: ["location": "http://two.example:\(port)/end"])
        } _: { server in
            let response = try await withClient(names: names) {
                $0.maximumRedirects = 1
            } _: { client in
                var request = try get("http://one.example:\(server.port)/start")
                request.headers = [
                    "authorization": "Bearer secret", "x-api-key": "secret", "accept": "text/html",
                ]
                return try await client.send(request)
            }
            #expect(response.head.url.text == "http://two.example:\(server.port)/end")
            let last = try #require(server.requests.last)
            #expect(last.headers["accept"] == "text/html")
            #expect(last.headers["authorization"] == nil)
            #expect(last.headers["x-api-key"] == nil)
        }
    }

    @Test func redirectsWithoutEndEnd() async throws {
        try await LocalServer.run { _, connection in
            try await connection.answer(307, headers: ["location": "/again"])
        } _: { server in
            await #expect(throws: OutboundError.tooManyRedirects(limit: 2)) {
                try await withClient {
                    $0.maximumRedirects = 2
                } _: {
                    try await $0.send(try get(server.url()))
                }
            }
            #expect(server.requests.count == 3)
        }
    }

    @Test func withoutLeaveARedirectIsAnAnswer() async throws {
        try await LocalServer.run { _, connection in
            try await connection.answer(302, headers: ["location": "/elsewhere"])
        } _: { server in
            let response = try await withClient { try await $0.send(try get(server.url())) }
            #expect(response.head.status == 302)
            #expect(server.requests.count == 1)
        }
    }
}
