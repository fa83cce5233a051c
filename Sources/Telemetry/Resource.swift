/// What a sample is about: an instance, or one of its disks or NICs, with its owner and metadata. Immutable, and made
/// once for each change, so that its part of every sample's JSON is encoded once.
public final class Resource: Sendable {
    /// Ceilometer's resource id: the instance's UUID, `<uuid>-<device>`, or a NIC's composed name.
    public let id: String
    /// The owner.
    public let userID: String?
    /// The owner's project.
    public let projectID: String?
    /// The owner's name, if `identity_name_discovery` found it.
    public let userName: String?
    /// The project's name, if `identity_name_discovery` found it.
    public let projectName: String?
    /// Where the samples come from: `[DEFAULT] sample_source`.
    public let source: String
    /// `resource_metadata`.
    public let metadata: Metadata

    /// From `, "user_id"` up to the id. The same bytes in memory for all parts of an instance.
    let jsonOwner: [UInt8]
    /// From the id up to and including the opening quote of the timestamp.
    let jsonID: [UInt8]
    /// From the closing quote of the timestamp up to the metadata's last field. The same bytes in memory for all parts of
    /// an instance that only add to its metadata.
    let jsonMetadata: [UInt8]
    /// From there up to and including the opening quote of the id.
    let jsonEnd: [UInt8]
    /// Whether `jsonMetadata` has only what it shares, and `jsonEnd` the rest.
    private let isPart: Bool
    /// How many bytes all take. A number of its own: to ask all would cost more than to add it up.
    let jsonSize: Int

    /// A resource of those properties.
    public convenience init(
        id: String, userID: String?, projectID: String?, userName: String? = nil, projectName: String? = nil,
        source: String, metadata: Metadata
    ) {
        var owner = JSONWriter(capacity: 512)
        owner.raw(", \"user_id\": ")
        owner.string(userID)
        owner.raw(", \"user_name\": ")
        owner.string(userName)
        owner.raw(", \"project_id\": ")
        owner.string(projectID)
        owner.raw(", \"project_name\": ")
        owner.string(projectName)
        owner.raw(", \"resource_id\": ")
        self.init(
            id: id, userID: userID, projectID: projectID, userName: userName, projectName: projectName, source: source,
            metadata: metadata, jsonOwner: owner.exactBytes, jsonMetadata: Self.json(of: metadata), more: [])
    }

    private static func json(of metadata: Metadata) -> [UInt8] {
        var json = JSONWriter(capacity: 2048)
        json.raw("\", \"resource_metadata\": {")
        json.fields(metadata.fields)
        return json.exactBytes
    }

    private init(
        id: String, userID: String?, projectID: String?, userName: String?, projectName: String?, source: String,
        metadata: Metadata, jsonOwner: [UInt8], jsonMetadata: [UInt8], more: [MetadataValue.Field]
    ) {
        self.id = id
        self.userID = userID
        self.projectID = projectID
        self.userName = userName
        self.projectName = projectName
        self.source = source
        self.metadata = metadata
        self.jsonOwner = jsonOwner
        self.jsonMetadata = jsonMetadata
        isPart = !more.isEmpty

        var name = JSONWriter(capacity: 512)
        name.string(id)
        name.raw(", \"timestamp\": \"")
        jsonID = name.exactBytes

        var end = JSONWriter(capacity: 512)
        if !more.isEmpty, metadata.fields.count > more.count { end.raw(", ") }
        end.fields(more)
        end.raw("}, \"source\": ")
        end.string(source)
        end.raw(", \"id\": \"")
        jsonEnd = end.exactBytes
        jsonSize = jsonOwner.count + jsonID.count + jsonMetadata.count + jsonEnd.count
    }

    /// A part of it, or itself under another id, with further metadata.
    public func part(id: String? = nil, adding more: [MetadataValue.Field]) -> Resource {
        let id = id ?? self.id
        let metadata = metadata.adding(more)
        let isAdded =
            !isPart && more.allSatisfy { self.metadata[$0.name] == nil }
            && metadata.fields.count == self.metadata.fields.count + more.count
        return Resource(
            id: id, userID: userID, projectID: projectID, userName: userName, projectName: projectName, source: source,
            metadata: metadata, jsonOwner: jsonOwner, jsonMetadata: isAdded ? jsonMetadata : Self.json(of: metadata),
            more: isAdded ? more : [])
    }
}
