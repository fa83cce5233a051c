import Configuration
import Keystone
import Outbox
import Telemetry
import Testing
import Transfer

@testable import Publishers

/// Samples and publishers for tests.
enum Make {
    static let place = SourceLocation(file: "pipeline.yaml", line: 7, column: 11)

    static func sample(_ number: Int, volume: Volume? = nil, metadata: [MetadataValue.Field] = []) -> Sample {
        let meter = Meter(name: "memory.usage", type: .gauge, unit: "MiB")
        let resource = Resource(
            id: "r-\(number)", userID: nil, projectID: nil, source: "openstack", metadata: Metadata(metadata))
        return Sample(
            id: SampleID(high: 0x1000, low: UInt64(number)), meter: meter, resource: resource,
            volume: volume ?? .integer(Int128(number)), timestamp: Timestamp(seconds: Int64(1000 + number)))
    }

    static func samples(_ count: Int) -> [Sample] {
        (0..<count).map { sample($0) }
    }

    static func context(
        maxSamples: Int = 1000, transfer: Transfer = Transfer(), files: PublisherFiles = PublisherFiles()
    ) -> PublisherContext {
        PublisherContext(
            maxSamplesPerRequest: maxSamples, transfer: transfer, version: "0.1", telemetrySecret: Secret("s3cret"),
            files: files,
            keystone: KeystoneSession(
                KeystoneCredentials(
                    authURL: "http://127.0.0.1:1/v3", method: .applicationCredential(id: "a", secret: "s")),
                transfer: transfer, userAgent: "test", now: { .zero })
        ) {
            Timestamp(seconds: 784_111_777)
        }
    }

    /// The publisher of a URL, and what was told about it.
    static func publisher(
        _ url: String, maxSamples: Int = 1000, transfer: Transfer = Transfer()
    ) -> (publisher: (any Publisher)?, diagnostics: [Diagnostic]) {
        var diagnostics = Diagnostics()
        var files = PublisherFiles()
        _ = files.read(for: url, at: place)
        let factory = PublisherFactory(context: context(maxSamples: maxSamples, transfer: transfer, files: files))
        let publisher = factory.publisher(for: url, at: place, into: &diagnostics)
        return (publisher, diagnostics.all)
    }

    /// The URL with so much time that a test which is not about time passes on a busy machine, too.
    static func patient(_ url: String) -> String {
        guard !url.contains("timeout=") else { return url.replacing(/timeout=\d+/, with: "timeout=50") }
        return url + (url.contains("?") ? "&" : "?") + "timeout=50"
    }

    static func http(_ url: String) throws -> HTTPParameters {
        var reader = ParameterReader(url: try PublisherURL(url), location: place)
        return try #require(HTTPParameters(&reader))
    }

    static func file(_ url: String) throws -> FileParameters {
        var reader = ParameterReader(url: try PublisherURL(url), location: place)
        return try #require(FileParameters(&reader))
    }
}

extension Delivery {
    /// The case's name.
    var kind: String {
        switch self {
        case .delivered: "delivered"
        case .retry: "retry"
        case .refused: "refused"
        case .tooLarge: "tooLarge"
        case .divided: "divided"
        case .rejected: "rejected"
        }
    }
}
