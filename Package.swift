// swift-tools-version: 6.2
import PackageDescription

// Continuous integration sets SCRIVENER_STRICT: a warning there is an error, for our targets only.
let strict = Context.environment["SCRIVENER_STRICT"] != nil

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

extension Target.Dependency {
    static let argumentParser = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let collections = product(name: "HeapModule", package: "swift-collections")
    static let crypto = product(name: "Crypto", package: "swift-crypto")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbirdCore = product(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdTLS = product(name: "HummingbirdTLS", package: "hummingbird")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let logging = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "CoreMetrics", package: "swift-metrics")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioSSL = product(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioHTTPCompression = product(
        name: "NIOHTTPCompression", package: "swift-nio-extras")
    static let nioConcurrencyHelpers = product(
        name: "NIOConcurrencyHelpers", package: "swift-nio")
    static let nioCore = product(name: "NIOCore", package: "swift-nio")
    static let protobuf = product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let subprocess = product(name: "Subprocess", package: "swift-subprocess")
    static let systemPackage = product(name: "SystemPackage", package: "swift-system")
    static let tracing = product(name: "Tracing", package: "swift-distributed-tracing")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let yams = product(name: "Yams", package: "Yams")
}

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

// What `scripts/fuzz` builds, and nobody else: it has libFuzzer's `main`.
let fuzzing: [Target] =
    Context.environment["SCRIVENER_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "scrivener-fuzz",
            dependencies: [
                "ScrivenerCore", "ScrivenerModel", "ScrivenerStore", "ScrivenerWire",
                "ScrivenerYAML",
            ], path: "Tests/Fuzzing", exclude: ["seeds"],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])])
    ]

let package = Package(
    name: "AgentScrivener",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "AgentScrivener", targets: ["AgentScrivener"]),
        .library(name: "ScrivenerAgentKit", targets: ["ScrivenerAgentKit"]),
        .library(name: "ScrivenerWorker", targets: ["ScrivenerWorker"]),
        .library(name: "ScrivenerWorkerProgram", targets: ["ScrivenerWorkerProgram"]),
        .executable(name: "scrivener", targets: ["scrivener"]),
        .executable(name: "scrivener-coordinator", targets: ["scrivener-coordinator"]),
        .executable(name: "scrivener-worker", targets: ["scrivener-worker"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(
            url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(
            url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf.git", from: "1.39.0", traits: []),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1",
            traits: []),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(
            url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
    ],
    targets: [
        // The vocabulary and the machines: no input, no output, no clock.
        library("ScrivenerModel", []),
        .systemLibrary(name: "CPrefetch"),
        library("ScrivenerCore", ["ScrivenerModel", "CPrefetch", .collections, .deque]),

        // The wire.
        .target(
            name: "ScrivenerWire", dependencies: ["ScrivenerModel", .protobuf],
            exclude: ["scrivener.proto"], swiftSettings: settings),
        .systemLibrary(
            name: "CZeroMQ", providers: [.apt(["libzmq3-dev"]), .brew(["zeromq"])]),
        library("ZeroMQ", ["CZeroMQ"]),

        // The journal.
        library("ScrivenerStore", ["ScrivenerModel", "ScrivenerCore", .grdb]),

        // The words that others speak: JSON-RPC, the Model Context Protocol, Agent2Agent.
        library("ScrivenerInterop", ["ScrivenerModel"]),

        // Agents.
        library("ScrivenerAgentKit", ["ScrivenerModel", .logging, .subprocess, .systemPackage]),
        .systemLibrary(
            name: "CLibxml2", pkgConfig: "libxml-2.0",
            providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),
        .systemLibrary(
            name: "CStemmer",
            providers: [.apt(["libstemmer-dev"]), .brew(["snowball"])]),
        library(
            "ScrivenerAgents",
            [
                "ScrivenerAgentKit", "ScrivenerInterop", "ScrivenerModel", "ScrivenerOutbound",
                "ScrivenerSecurity", "ScrivenerShell", "ScrivenerYAML", "CLibxml2", "CStemmer",
                .grdb, .logging, .nioHTTP1,
            ]),

        // Documents that the programs carry within them.
        .target(name: "CDocuments"),
        .target(name: "CDashboard"),

        // Who may ask what: keys, tokens, and the files that hold them.
        library("ScrivenerSecurity", ["CZlib", "ScrivenerModel", "ZeroMQ", .crypto]),

        // The shells.
        library(
            "ScrivenerShell", ["ScrivenerModel", .lifecycle, .logging, .tracing, .unixSignals]),
        library("ScrivenerYAML", ["ScrivenerModel", .yams]),

        // Requests to servers on the network, whoever they are.
        library(
            "ScrivenerOutbound",
            [
                "ScrivenerModel", "ScrivenerShell", .asyncHTTPClient, .nioConcurrencyHelpers,
                .nioCore, .nioHTTP1,
                .nioHTTPCompression, .nioPosix, .nioSSL,
            ]),

        // Descriptions of clusters, and the files that are made of them.
        library("ScrivenerTopology", ["ScrivenerModel", "ScrivenerYAML"]),

        // What monitoring systems read: behind swift-metrics, and the text that Prometheus takes.
        library("ScrivenerMetrics", [.logging, .metrics]),
        library(
            "ScrivenerMetricsHTTP", [.httpTypes, .hummingbird, .lifecycle, .logging, .nioCore]),

        // What tracing systems read: behind swift-distributed-tracing, and OTLP to whoever receives it.
        library(
            "ScrivenerTracing",
            [
                "ScrivenerMetrics", "ScrivenerModel", "ScrivenerShell", .asyncHTTPClient, .deque,
                .lifecycle, .logging, .nioCore, .nioHTTP1, .tracing,
            ]),
        library(
            "ScrivenerOptions",
            ["ScrivenerModel", "ScrivenerTracing", "ScrivenerYAML", .argumentParser, .logging]),
        .systemLibrary(
            name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        library(
            "ScrivenerHTTP",
            [
                "CDashboard", "CDocuments", "CZlib", "ScrivenerInterop", "ScrivenerModel",
                "ScrivenerSecurity", "ScrivenerShell", "ScrivenerYAML", .crypto, .deque,
                .httpTypes, .hummingbird, .hummingbirdCore, .hummingbirdTLS, .lifecycle, .logging,
                .nioCore, .nioSSL,
            ]),
        library(
            "ScrivenerBatch",
            ["ScrivenerCore", "ScrivenerModel", "ScrivenerStore", "ScrivenerWire"]),
        library(
            "ScrivenerCoordinator",
            [
                "ScrivenerBatch", "ScrivenerCore", "ScrivenerHTTP", "ScrivenerMetrics",
                "ScrivenerOutbound", "ScrivenerSecurity", "ScrivenerShell", "ScrivenerStore",
                "ScrivenerWire", "ZeroMQ", .crypto, .lifecycle, .logging, .metrics, .nioHTTP1,
                .tracing,
            ]),
        library(
            "ScrivenerWorker",
            [
                "ScrivenerCore", "ScrivenerWire", "ZeroMQ", "ScrivenerAgentKit",
                "ScrivenerMetrics", "ScrivenerSecurity", "ScrivenerShell", .deque, .lifecycle,
                .logging, .metrics, .tracing,
            ]),

        // The other end of the API.
        library(
            "ScrivenerClient",
            [
                "ScrivenerModel", "ScrivenerOutbound", "ScrivenerSecurity", .asyncHTTPClient,
                .nioCore, .nioHTTP1, .nioHTTPCompression, .nioPosix, .nioSSL,
            ]),

        // What applications import.
        library(
            "AgentScrivener",
            [
                "ScrivenerAgentKit", "ScrivenerClient", "ScrivenerCoordinator", "ScrivenerHTTP",
                "ScrivenerModel", "ScrivenerShell", "ScrivenerStore", "ScrivenerWorker",
                .lifecycle, .logging,
            ]),

        // A seeded world around the machines.
        library(
            "ScrivenerSimulator",
            ["ScrivenerModel", "ScrivenerCore", "ScrivenerWire", .collections, .deque]),

        // The coordinator's program, whose options two executables have.
        library(
            "ScrivenerCoordinatorProgram",
            [
                "ScrivenerCoordinator", "ScrivenerCore", "ScrivenerHTTP", "ScrivenerMetrics",
                "ScrivenerModel", "ScrivenerOptions", "ScrivenerShell", "ScrivenerStore",
                "ScrivenerTopology", "ScrivenerTracing", .argumentParser, .logging,
            ]),

        // A worker's program, which has agents of ours or of others.
        library(
            "ScrivenerWorkerProgram",
            [
                "ScrivenerWorker", "ScrivenerAgentKit", "ScrivenerMetrics",
                "ScrivenerMetricsHTTP", "ScrivenerModel", "ScrivenerOptions", "ScrivenerShell",
                "ScrivenerTracing", .argumentParser, .lifecycle, .logging, .metrics,
            ]),

        // `main` only.
        program("scrivener-coordinator", ["ScrivenerCoordinatorProgram"]),
        program(
            "scrivener-worker",
            [
                "ScrivenerAgents", "ScrivenerAgentKit", "ScrivenerOptions", "ScrivenerShell",
                "ScrivenerWorkerProgram", .argumentParser,
            ]),
        program(
            "scrivener",
            [
                "CDocuments", "ScrivenerClient", "ScrivenerCoordinator",
                "ScrivenerCoordinatorProgram", "ScrivenerCore", "ScrivenerInterop",
                "ScrivenerModel", "ScrivenerOptions", "ScrivenerOutbound", "ScrivenerSecurity",
                "ScrivenerShell",
                "ScrivenerSimulator", "ScrivenerStore", "ScrivenerTopology", "ScrivenerWire",
                "ScrivenerYAML", "ZeroMQ", .argumentParser, .subprocess, .systemPackage,
                .unixSignals,
            ]),

        // What the machine itself can do, beside which benchmarks are measured.
        .executableTarget(
            name: "scrivener-limit", path: "Benchmarks/Limit",
            linkerSettings: [.linkedLibrary("zmq"), .linkedLibrary("sqlite3")]),

        // The other end of what is measured: workers in great numbers, and our own wire by itself.
        .executableTarget(
            name: "scrivener-load",
            dependencies: ["ScrivenerModel", "ScrivenerShell", "ScrivenerWire", "ZeroMQ"],
            path: "Benchmarks/Load", swiftSettings: settings),

        // What `scripts/bench-check` counts the instructions of.
        .systemLibrary(name: "CCallgrind", path: "Benchmarks/Callgrind"),
        .executableTarget(
            name: "scrivener-instructions",
            dependencies: [
                "CCallgrind", "ScrivenerBatch", "ScrivenerCore", "ScrivenerModel",
                "ScrivenerSimulator", "ScrivenerStore", "ScrivenerWire",
            ], path: "Benchmarks/Instructions", swiftSettings: settings),

        // The seeds of `scripts/test`.
        .executableTarget(
            name: "scrivener-seeds", dependencies: ["ScrivenerSimulator"],
            path: "Benchmarks/Seeds", swiftSettings: settings),

        .target(
            name: "TestSupport", dependencies: [.nioCore, .nioPosix], path: "Tests/Support",
            swiftSettings: settings),
        tests("ScrivenerModelTests", ["ScrivenerModel", "ScrivenerYAML"]),
        tests("ScrivenerCoreTests", ["ScrivenerCore", "ScrivenerModel"]),
        tests("ScrivenerWireTests", ["ScrivenerWire", "ScrivenerModel"]),
        tests("ScrivenerInteropTests", ["ScrivenerInterop", "ScrivenerModel"]),
        tests("ZeroMQTests", ["ZeroMQ"]),
        tests(
            "ScrivenerSimulatorTests",
            ["ScrivenerSimulator", "ScrivenerCore", "ScrivenerModel"]),
        tests("ScrivenerStoreTests", ["ScrivenerStore", "ScrivenerCore", "ScrivenerModel", .grdb]),
        tests(
            "ScrivenerAgentKitTests",
            ["ScrivenerAgentKit", "ScrivenerModel", .logging, .subprocess]),
        tests(
            "ScrivenerAgentsTests",
            [
                "ScrivenerAgents", "ScrivenerAgentKit", "ScrivenerInterop", "ScrivenerModel",
                "ScrivenerOutbound", "TestSupport", .grdb, .logging,
            ]),
        tests(
            "ScrivenerWorkerTests",
            [
                "ScrivenerWorker", "ScrivenerAgentKit", "ScrivenerCore", "ScrivenerModel",
                "ScrivenerSecurity", "ScrivenerShell", "TestSupport", "ZeroMQ", .logging,
            ]),
        tests("ScrivenerOptionsTests", ["ScrivenerOptions", "ScrivenerModel", .argumentParser]),
        tests(
            "ScrivenerTopologyTests",
            [
                "ScrivenerAgentKit", "ScrivenerAgents", "ScrivenerModel", "ScrivenerTopology",
                "ScrivenerYAML",
            ]),
        tests(
            "ScrivenerCommandTests",
            ["scrivener", "ScrivenerModel", "ScrivenerTopology", .argumentParser]),
        tests(
            "ScrivenerHTTPTests",
            [
                "ScrivenerHTTP", "ScrivenerInterop", "ScrivenerModel", "ScrivenerSecurity",
                "ScrivenerYAML", .asyncHTTPClient, .httpTypes, .lifecycle, .logging, .nioCore,
                .nioHTTP1, .nioHTTPCompression, .nioPosix, .nioSSL,
            ]),
        tests(
            "ScrivenerCoordinatorTests",
            [
                "ScrivenerBatch", "ScrivenerCoordinator", "ScrivenerCore", "ScrivenerHTTP",
                "ScrivenerModel", "ScrivenerSecurity", "ScrivenerStore", "ScrivenerWire", "ZeroMQ",
                .logging,
            ]),
        tests(
            "ScrivenerMetricsTests",
            [
                "ScrivenerCoordinator", "ScrivenerMetrics", "ScrivenerWorker", .logging, .metrics,
            ]),
        tests(
            "ScrivenerTracingTests",
            [
                "ScrivenerCoordinator", "ScrivenerCore", "ScrivenerMetrics", "ScrivenerModel",
                "ScrivenerShell", "ScrivenerTracing", "ScrivenerWorker", "ScrivenerAgentKit",
                .httpTypes, .hummingbird, .lifecycle, .logging, .nioCore, .nioPosix, .tracing,
            ]),
        tests(
            "AgentScrivenerTests",
            [
                "AgentScrivener", "ScrivenerClient", "ScrivenerModel", "TestSupport", .httpTypes,
                .hummingbird, .lifecycle, .logging, .nioCore,
            ]),
        tests(
            "ScrivenerClientTests", ["ScrivenerClient", "ScrivenerModel", "ScrivenerSecurity"]),
        tests(
            "ScrivenerOutboundTests",
            [
                "ScrivenerOutbound", "ScrivenerModel", "TestSupport", .nioCore, .nioHTTP1,
            ]),
        tests("ScrivenerSecurityTests", ["ScrivenerSecurity", "ScrivenerModel", "ZeroMQ"]),
        tests(
            "ClusterTests",
            [
                "AgentScrivener", "ScrivenerModel", "ScrivenerTopology", "TestSupport", .subprocess,
                .systemPackage,
            ]),
    ] + fuzzing,
    swiftLanguageModes: [.v6]
)
