import FoundationEssentials
public import Telemetry

/// Domains and their statistics of some cycles, as a file: what `aerostat record` writes and `--replay` polls. The
/// format is fixed in `docs/recording-format.md`.
public struct Recording: Sendable, Hashable {
    /// The host it was taken on.
    public var host: String?
    /// The polls, in order.
    public var cycles: [Cycle]

    /// One poll.
    public struct Cycle: Sendable, Hashable {
        /// When it was taken, if known.
        public var at: Timestamp?
        /// Every domain.
        public var domains: [RecordedDomain]

        /// A poll of those domains.
        public init(at: Timestamp?, domains: [RecordedDomain]) {
            self.at = at
            self.domains = domains
        }
    }

    /// A recording of those cycles.
    public init(host: String?, cycles: [Cycle]) {
        self.host = host
        self.cycles = cycles
    }
}

/// A domain in a recording.
public struct RecordedDomain: Sendable, Hashable {
    /// Its UUID.
    public var uuid: String
    /// libvirt's name.
    public var name: String
    /// Its id while it runs.
    public var id: Int?
    /// Its description.
    public var xml: String
    /// Its statistics by libvirt's parameter names.
    public var stats: [String: StatisticValue]
    /// The answers of virDomainGetBlockInfo by the disks' target devices; empty if nobody asked.
    public var blockInfo: [String: DomainStats.BlockInfo]

    /// A domain with those properties.
    public init(
        uuid: String, name: String, id: Int?, xml: String, stats: [String: StatisticValue],
        blockInfo: [String: DomainStats.BlockInfo] = [:]
    ) {
        self.uuid = uuid
        self.name = name
        self.id = id
        self.xml = xml
        self.stats = stats
        self.blockInfo = blockInfo
    }
}

extension Recording {
    /// The format's name and version, which every recording states.
    static let format = "libvirt-recording"
    static let version = 1

    /// Reads a recording's JSON. Throws `HypervisorError` (malformed) that says where it is wrong.
    public init(json: [UInt8]) throws(HypervisorError) {
        let file: RecordingFile
        do {
            file = try JSONDecoder().decode(RecordingFile.self, from: Data(json))
        } catch let error as DecodingError {
            throw HypervisorError(.malformed, Self.describe(error, in: json).oneLine)
        } catch {
            throw HypervisorError(.malformed, Self.notJSON(json))
        }
        guard file.format == Self.format, file.version == Self.version else {
            throw HypervisorError(
                .malformed,
                "is no recording that this version can read: format \"\(file.format.oneLine)\" version \(file.version), "
                    + "expected \"\(Self.format)\" version \(Self.version)")
        }
        var cycles: [Cycle] = []
        for (index, cycle) in file.cycles.enumerated() {
            var at: Timestamp?
            if let text = cycle.at {
                guard let parsed = Timestamp(text) else {
                    throw HypervisorError(
                        .malformed,
                        "cycles[\(index)].at: \"\(text.oneLine)\" is no time; expected one like 2026-11-22T18:00:00Z")
                }
                at = parsed
            }
            cycles.append(Cycle(at: at, domains: cycle.domains))
        }
        self.init(host: file.host, cycles: cycles)
    }

    /// The recording as JSON, with sorted keys, ending in a newline.
    public func json() throws(HypervisorError) -> [UInt8] {
        let file = RecordingFile(
            format: Self.format, version: Self.version, host: host,
            cycles: cycles.map { RecordingFile.Cycle(at: $0.at.map { "\($0)Z" }, domains: $0.domains) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return try [UInt8](encoder.encode(file)) + [UInt8(ascii: "\n")]
        } catch {
            throw HypervisorError(.malformed, "cannot be written as JSON: \(error)")
        }
    }

    private static func describe(_ error: DecodingError, in json: [UInt8]) -> String {
        func path(_ context: DecodingError.Context) -> String {
            let keys = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
            return keys.isEmpty ? "the recording" : String(keys.drop { $0 == "." })
        }
        switch error {
        case .keyNotFound(let key, let context): return "\(path(context)): \"\(key.stringValue)\" is missing"
        case .typeMismatch(let type, let context): return "\(path(context)): expected \(word(for: type))"
        case .valueNotFound(let type, let context): return "\(path(context)): is null, expected \(word(for: type))"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? notJSON(json) : "\(path(context)): \(context.debugDescription)"
        @unknown default: return notJSON(json)
        }
    }

    /// What JSON calls what a Swift type is read from.
    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Int.Type: "a whole number"
        case is StatisticValue.Type: "a number, true, false or text"
        default: "\(type)".hasPrefix("Array") ? "a list" : "an object"
        }
    }

    /// Where the text stops being JSON.
    private static func notJSON(_ json: [UInt8]) -> String {
        do throws(JSONError) {
            _ = try MetadataValue(json: json)
            return "the recording cannot be read; aerostat record writes a new one"
        } catch {
            guard error.offset < json.count else {
                return "the file ends too early: expected \(error.expected); is it a whole recording?"
            }
            let before = json[..<error.offset]
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let column = before.count - (before.lastIndex(of: UInt8(ascii: "\n")) ?? -1)
            return "line \(line), column \(column): expected \(error.expected); is it a recording of aerostat record?"
        }
    }
}

private struct RecordingFile: Codable {
    var format: String
    var version: Int
    var host: String?
    var cycles: [Cycle]

    struct Cycle: Codable {
        var at: String?
        var domains: [RecordedDomain]
    }
}

extension RecordedDomain: Codable {
    private enum CodingKeys: String, CodingKey {
        case uuid, name, id, xml, stats
        case blockInfo = "block_info"
    }

    /// Writes a domain's JSON object; `block_info` only if there is any.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(uuid, forKey: .uuid)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(id, forKey: .id)
        try container.encode(xml, forKey: .xml)
        try container.encode(stats, forKey: .stats)
        if !blockInfo.isEmpty { try container.encode(blockInfo, forKey: .blockInfo) }
    }

    /// Reads a domain's JSON object.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        uuid = try container.decode(String.self, forKey: .uuid)
        name = try container.decode(String.self, forKey: .name)
        xml = try container.decode(String.self, forKey: .xml)
        stats = try container.decode([String: StatisticValue].self, forKey: .stats)
        blockInfo = try container.decodeIfPresent([String: DomainStats.BlockInfo].self, forKey: .blockInfo) ?? [:]
        do {
            id = try container.decodeIfPresent(Int.self, forKey: .id)
        } catch {
            // The decoder tells of a fraction without its place.
            throw DecodingError.dataCorruptedError(forKey: .id, in: container, debugDescription: "is no whole number")
        }
    }
}

extension DomainStats.BlockInfo: Codable {
    private enum CodingKeys: String, CodingKey {
        case capacity, allocation, physical
    }

    /// Writes an answer's JSON object.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(StatisticValue.integer(capacity), forKey: .capacity)
        try container.encode(StatisticValue.integer(allocation), forKey: .allocation)
        try container.encode(StatisticValue.integer(physical), forKey: .physical)
    }

    /// Reads an answer's JSON object. libvirt's figures have 64 bits without a sign.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        func whole(_ key: CodingKeys) throws -> Int128 {
            guard let value = try container.decode(StatisticValue.self, forKey: key).whole else {
                throw DecodingError.dataCorruptedError(
                    forKey: key, in: container, debugDescription: "expected a whole number")
            }
            return value
        }
        capacity = try whole(.capacity)
        allocation = try whole(.allocation)
        physical = try whole(.physical)
    }
}

extension StatisticValue: Codable {
    /// Reads a JSON number, boolean or string.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = decoded(Int64.self, container) {
            self = .integer(Int128(value))
        } else if let value = decoded(UInt64.self, container) {
            self = .integer(Int128(value))
        } else if let value = decoded(Double.self, container) {
            // Whole for a `Double`, though the text had a fraction.
            let whole = Int64(exactly: value).map { Int128($0) } ?? UInt64(exactly: value).map { Int128($0) }
            self = whole.map { .integer($0) } ?? .real(value)
        } else if let value = decoded(Bool.self, container) {
            self = .bool(value)
        } else {
            self = .string(try container.decode(String.self))
        }
    }

    /// Writes a JSON number, boolean or string.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let value):
            if let small = Int64(exactly: value) {
                try container.encode(small)
            } else if let large = UInt64(exactly: value) {
                try container.encode(large)
            } else {
                try container.encode(Double(value))
            }
        case .real(let value): try container.encode(value)
        case .bool(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        }
    }
}

/// The value if the container holds one of that type. A mismatch is how the types are told apart, not an error.
private func decoded<Value: Decodable>(_ type: Value.Type, _ container: any SingleValueDecodingContainer) -> Value? {
    do { return try container.decode(type) } catch { return nil }
}
