// swift-tools-version: 6.2
import PackageDescription

// Developers and CI build with warnings as errors; a stranger with a newer compiler must not fail on a new warning.
let strict = Context.environment["AEROSTAT_STRICT"] != nil

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : []) + [
        // A section for each function, so that the linker can put those together that a poll runs.
        .unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release))
    ]

// The functions of a poll lie side by side: a page fault maps the pages around it, too, so an agent in which they are
// scattered over the whole executable has most of it in memory. Benchmarks/layout.sh writes the list. The compiler brings
// lld; gold, its default on some systems, does not know such lists.
let layout: [LinkerSetting] = [
    .unsafeFlags(
        [
            "-use-ld=lld", "-Xlinker", "--no-warn-symbol-ordering",
            "-Xlinker", "--symbol-ordering-file=\(Context.packageDirectory)/Sources/aerostat/Layout/poll.order",
            "-Xlinker", "-T", "-Xlinker", "\(Context.packageDirectory)/Sources/aerostat/Layout/sections.ld",
        ], .when(configuration: .release))
]

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let flyingFox: [Target.Dependency] = [
    .product(name: "FlyingFox", package: "FlyingFox"), .product(name: "FlyingSocks", package: "FlyingFox"),
]

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
    _ name: String, _ dependencies: [Target.Dependency], path: String? = nil, resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: path, resources: resources, swiftSettings: settings)
}

let package = Package(
    name: "aerostat",
    products: [
        .executable(name: "aerostat", targets: ["aerostat"]),
        .executable(name: "collector", targets: ["collector"]),
        // For Benchmarks/, as another package can use products alone. Its API is promised to nobody.
        .library(
            name: "AerostatModules",
            targets: [
                "Compute", "Configuration", "Hypervisor", "Outbox", "Pipeline", "Publishers", "Telemetry", "Transfer",
            ]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    ],
    targets: [
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibvirt", pkgConfig: "libvirt", providers: [.apt(["libvirt-dev"])]),
        .systemLibrary(name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibxml2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CThreads"),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),

        module("Threads", ["CThreads"]),
        module("HTTPServer", ["CMicrohttpd", "Threads"]),
        module("Telemetry"),
        module("Digest", ["CCrypto"]),
        module("Configuration", [.product(name: "Yams", package: "Yams")]),
        module("Compression", ["CZstd"]),
        module("Hypervisor", ["Compression", "Telemetry"]),
        module("Libvirt", ["CLibvirt", "Hypervisor", "Telemetry", "Threads", logging]),
        module("Transfer", ["CCrypto", "CLibcurl", "Digest", "Threads"]),
        module("Keystone", ["Telemetry", "Threads", "Transfer"]),
        module("Nova", ["Keystone", "Telemetry", "Transfer"]),
        module("Outbox", ["Compression", "Telemetry", "Threads", .product(name: "GRDB", package: "GRDB.swift")]),
        module("Publishers", ["Configuration", "Digest", "Keystone", "Outbox", "Telemetry", "Threads", "Transfer"]),
        module("Pipeline", ["Configuration", "Telemetry"]),
        module("Compute", ["CLibxml2", "Digest", "Hypervisor", "Keystone", "Nova", "Telemetry"]),
        module(
            "Agent",
            [
                "Compute", "Configuration", "HTTPServer", "Hypervisor", "Keystone", "Nova", "Outbox", "Pipeline",
                "Publishers", "Telemetry", "Threads", "Transfer", logging,
            ]),
        .executableTarget(
            name: "aerostat",
            dependencies: [
                "Agent", "Compute", "Configuration", "Hypervisor", "Libvirt", "Outbox", "Pipeline", "Publishers",
                "Telemetry", "Threads", "Transfer", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            exclude: ["Layout"], swiftSettings: settings, linkerSettings: layout),
        .executableTarget(
            name: "collector",
            dependencies: ["Telemetry", .product(name: "ArgumentParser", package: "swift-argument-parser")] + flyingFox,
            swiftSettings: settings),

        tests(
            "AgentTests",
            [
                "Agent", "Compute", "Configuration", "Hypervisor", "Keystone", "Nova", "Outbox", "Pipeline",
                "Telemetry",
                "TestServers", "Transfer", logging,
            ]),
        tests(
            "CollectorTests",
            ["collector", "Telemetry", .product(name: "ArgumentParser", package: "swift-argument-parser")] + flyingFox),
        tests(
            "ComputeTests", ["Compute", "Fuzzing", "Golden", "Hypervisor", "Keystone", "Nova", "Telemetry"]),
        tests("ConfigurationTests", ["Configuration", "Fuzzing"]),
        tests(
            "PipelineTests", ["Configuration", "Fuzzing", "Pipeline", "Telemetry"], resources: [.copy("Fixtures")]),
        tests("DigestTests", ["Digest"]),
        tests("HTTPServerTests", ["HTTPServer", "TestServers"]),
        tests("HypervisorTests", ["Fuzzing", "Hypervisor", "Telemetry"]),
        tests("LibvirtTests", ["CLibvirt", "Hypervisor", "Libvirt", "Telemetry", logging]),
        tests(
            "OutboxTests",
            [
                "Compression", "Fuzzing", "Outbox", "Telemetry", "TestServers",
                .product(name: "GRDB", package: "GRDB.swift"),
            ]),
        tests("IntegrationTests", ["Fuzzing", "Golden", "TestServers"] + flyingFox, path: "Tests/Integration"),
        .target(name: "Fuzzing", path: "Tests/Fuzzing", swiftSettings: settings),
        .target(
            name: "Golden", path: "Tests/Golden", resources: [.copy("Fixtures")], swiftSettings: settings),
        tests(
            "FuzzTests",
            [
                "Compute", "Configuration", "Fuzzing", "Hypervisor", "Outbox", "Pipeline", "Publishers", "Telemetry",
                "TestServers", "Transfer",
            ],
            resources: [.copy("Corpus")]),
        .target(
            name: "TestServers", path: "Tests/TestServers", resources: [.copy("Fixtures")], swiftSettings: settings),
        tests("KeystoneTests", ["Keystone", "Telemetry", "TestServers", "Transfer"]),
        tests(
            "NovaTests", ["Keystone", "Nova", "Telemetry", "TestServers", "Transfer"],
            resources: [.copy("Fixtures")]),
        tests(
            "PublishersTests",
            ["Configuration", "Keystone", "Outbox", "Publishers", "Telemetry", "TestServers", "Threads", "Transfer"],
            resources: [.copy("Fixtures")]),
        tests("TelemetryTests", ["Fuzzing", "Telemetry"]),
        tests("ThreadsTests", ["Threads"]),
        tests("TransferTests", ["CLibcurl", "TestServers", "Transfer"]),
    ]
)
