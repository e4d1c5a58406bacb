// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "{{name}}",
    platforms: [.macOS(.v15)],
    dependencies: [
        {{dependency}}
    ],
    targets: [
        // The agent: what is tested.
        .target(
            name: "{{module}}",
            dependencies: [.product(name: "ScrivenerAgentKit", package: "{{package}}")]),
        // The worker that holds it.
        .executableTarget(
            name: "{{name}}",
            dependencies: [
                "{{module}}",
                .product(name: "ScrivenerWorkerProgram", package: "{{package}}"),
            ], path: "Sources/Worker"),
        .testTarget(
            name: "{{module}}Tests",
            dependencies: [
                "{{module}}", .product(name: "ScrivenerAgentKit", package: "{{package}}"),
            ]),
    ])
