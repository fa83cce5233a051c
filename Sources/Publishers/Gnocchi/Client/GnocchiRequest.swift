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
    /// What Gnocchi answers if it has done so.
    let expected: Expected

    /// An answer of Gnocchi's to what it has done. Any other 2xx is somebody else's: a proxy's, or a login page.
    enum Expected: Sendable, Hashable {
        /// 202 without a body, or with one of JSON.
        case accepted
        /// 201 with an object.
        case created
        /// 200 with an object.
        case object
        /// 200 with an array.
        case array
    }

    /// The largest answer, in bytes: the list of a batch's unknown resources, or of a host's resources.
    static let maximumBodyBytes = 4 << 20

    /// Measures of many metrics; metrics that are missing are created. All or nothing.
    static func measures(_ body: [UInt8]) -> GnocchiRequest {
        GnocchiRequest(.post, "/v1/batch/resources/metrics/measures?create_metrics=true", body, .accepted)
    }

    /// Creates a resource.
    static func create(_ type: String, _ body: [UInt8]) -> GnocchiRequest {
        GnocchiRequest(.post, "/v1/resource/\(segment(type))", body, .created)
    }

    /// Changes a resource's attributes.
    static func update(_ type: String, _ id: String, _ body: [UInt8]) -> GnocchiRequest {
        GnocchiRequest(.patch, "/v1/resource/\(segment(type))/\(segment(id))", body, .object)
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
            .post, "/v1/search/resource/\(segment(type))?limit=\(limit)&sort=started_at:desc", writer.bytes, .array)
    }

    /// Creates an archive policy.
    static func create(_ policy: ArchivePolicy) -> GnocchiRequest {
        GnocchiRequest(.post, "/v1/archive_policy/", policy.json, .created)
    }

    /// An archive policy.
    static func archivePolicy(_ name: String) -> GnocchiRequest {
        GnocchiRequest(.get, "/v1/archive_policy/\(segment(name))", nil, .object)
    }

    /// Creates a resource type.
    static func create(_ type: ResourceType) -> GnocchiRequest {
        GnocchiRequest(.post, "/v1/resource_type/", type.json, .created)
    }

    /// A resource type.
    static func resourceType(_ name: String) -> GnocchiRequest {
        GnocchiRequest(.get, "/v1/resource_type/\(segment(name))", nil, .object)
    }

    private init(_ method: TransferRequest.Method, _ path: String, _ body: [UInt8]?, _ expected: Expected) {
        self.method = method
        self.path = path
        self.body = body
        self.expected = expected
    }

    /// Whether the answer's body is needed to know what it means if it is a 2xx.
    var needsBody: Bool { expected != .accepted }

    /// Whether the answer is Gnocchi's own, and says that it was done.
    func isDone(_ response: TransferResponse) -> Bool {
        guard response.status == expected.status else { return false }
        let first = response.body.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
        switch expected {
        case .created, .object: return first == UInt8(ascii: "{")
        case .array: return first == UInt8(ascii: "[")
        case .accepted:
            let type = response.header("Content-Type")?.lowercased() ?? "json"
            return first == nil && !response.isTruncated
                || type.contains("json") && (first.map(Self.beginsJSON) ?? true)
        }
    }

    private static func beginsJSON(_ byte: UInt8) -> Bool { "{[\"n".utf8.contains(byte) }

    private static func segment(_ text: String) -> String {
        // A space is + in a query alone.
        PercentEncoding.encodeParameter(text).replacing("+", with: "%20")
    }
}

extension GnocchiRequest.Expected {
    fileprivate var status: Int {
        switch self {
        case .accepted: 202
        case .created: 201
        case .object, .array: 200
        }
    }

    /// In words.
    var words: String {
        switch self {
        case .accepted: "202 of Gnocchi's"
        case .created: "201 of Gnocchi's with a JSON object"
        case .object: "200 of Gnocchi's with a JSON object"
        case .array: "200 of Gnocchi's with a JSON array"
        }
    }
}
