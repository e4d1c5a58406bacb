// swift-tools-version: 6.2
// Written by scripts/mutants: the simulator and the machines' tests around a core that holds all
// faults.
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-suppress-warnings"]),
]
let heap = Target.Dependency.product(name: "HeapModule", package: "swift-collections")
let deque = Target.Dependency.product(name: "DequeModule", package: "swift-collections")

let package = Package(
    name: "Mutants",
    platforms: [.macOS(.v15)],
    dependencies: [
        COLLECTIONS
    ],
    targets: [
        .target(name: "MutationSwitch"),
        .target(name: "ScrivenerModel", swiftSettings: settings),
        .systemLibrary(name: "CPrefetch"),
        .target(
            name: "ScrivenerCore",
            dependencies: ["ScrivenerModel", "CPrefetch", "MutationSwitch", heap, deque],
            swiftSettings: settings),
        .target(
            name: "ScrivenerWire", dependencies: ["ScrivenerModel"], swiftSettings: settings),
        .target(
            name: "ScrivenerSimulator",
            dependencies: ["ScrivenerModel", "ScrivenerCore", "ScrivenerWire", heap, deque],
            swiftSettings: settings),
        .executableTarget(
            name: "Driver", dependencies: ["ScrivenerSimulator", "MutationSwitch"],
            // The driver has no Foundation that would bring it.
            swiftSettings: settings, linkerSettings: [.linkedLibrary("m")]),
        .testTarget(
            name: "ScrivenerCoreTests", dependencies: ["ScrivenerModel", "ScrivenerCore", heap],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
