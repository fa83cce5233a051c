// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
    name: "aerostat-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        // By name, as the folder of a checkout may be called anything.
        .package(name: "aerostat", path: ".."),
        // Without traits: its interposers of malloc and of the runtime would be measured, too.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .target(
            name: "Scenarios",
            dependencies: [.product(name: "AerostatModules", package: "aerostat")],
            swiftSettings: settings),
        .executableTarget(name: "repeat-scenario", dependencies: ["Scenarios"], swiftSettings: settings),
        .executableTarget(
            name: "Parts",
            dependencies: ["Scenarios", .product(name: "Benchmark", package: "benchmark")],
            path: "Benchmarks/Parts",
            swiftSettings: settings,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ]
)
