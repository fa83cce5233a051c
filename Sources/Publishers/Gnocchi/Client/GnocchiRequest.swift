import Telemetry
import Transfer

/// A request of Gnocchi's API (https://gnocchi.osci.io/rest.html), below the endpoint's URL.
struct GnocchiRequest: Sendable, Hashable {
    /// The method.
    let method: TransferRequest.Method
    /// Path and query, percent-encoded.
    let path: String
    /// JSON, or `nil` for none.
    let body: [UInt8]?

    /// The largest answer, in bytes: the list of a batch's unknown resources, or of a host's resources.
    static let maximumBodyBytes = 4 << 20

    /// Measures of many metrics; metrics that are missing are created. All or nothing.
    static func measures(_ body: [UInt8]) -> GnocchiRequest {
        GnocchiRequest(.post, "/v1/batch/resources/metrics/measures?create_metrics=true", body)
    }

    /// Creates a resource.
    static func create(_ type: String, _ body: [UInt8]) -> GnocchiRequest {
        GnocchiRequest(.post, "/v1/resource/\(segment(type))", body)
    }

    /// Changes a resource's attributes.
    static func update(_ type: String, _ id: String, _ body: [UInt8]) -> GnocchiRequest {
        GnocchiRequest(.patch, "/v1/resource/\(segment(type))/\(segment(id))", body)
    }

    /// Marks a resource as ended.
    static func end(_ type: String, _ id: String, at time: Timestamp) -> GnocchiRequest {
        update(type, id, Array("{\"ended_at\":\"\(time)\"}".utf8))
    }

    /// The resources of a type with an attribute of that value that have not ended, `limit` of them at most, the newest
    /// first.
    static func living(_ type: String, where name: String, is value: String, limit: Int) -> GnocchiRequest {
        func equal(_ name: String, _ value: MetadataValue) -> MetadataValue {
            .object([.init("=", .object([.init(name, value)]))])
        }
        var writer = JSONWriter()
        writer.value(.object([.init("and", .array([equal(name, .string(value)), equal("ended_at", .null)]))]))
        return GnocchiRequest(
            .post, "/v1/search/resource/\(segment(type))?limit=\(limit)&sort=started_at:desc", writer.bytes)
    }

    /// Creates an archive policy.
    static func create(_ policy: ArchivePolicy) -> GnocchiRequest {
        GnocchiRequest(.post, "/v1/archive_policy/", policy.json)
    }

    /// An archive policy.
    static func archivePolicy(_ name: String) -> GnocchiRequest {
        GnocchiRequest(.get, "/v1/archive_policy/\(segment(name))", nil)
    }

    /// Creates a resource type.
    static func create(_ type: ResourceType) -> GnocchiRequest {
        GnocchiRequest(.post, "/v1/resource_type/", type.json)
    }

    /// A resource type.
    static func resourceType(_ name: String) -> GnocchiRequest {
        GnocchiRequest(.get, "/v1/resource_type/\(segment(name))", nil)
    }

    private init(_ method: TransferRequest.Method, _ path: String, _ body: [UInt8]?) {
        self.method = method
        self.path = path
        self.body = body
    }

    private static func segment(_ text: String) -> String {
        // A space is + in a query alone.
        PercentEncoding.encodeParameter(text).replacing("+", with: "%20")
    }
}
