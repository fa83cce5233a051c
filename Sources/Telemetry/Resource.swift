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

    /// From `, "user_id"` up to and including the opening quote of the timestamp.
    let jsonOwner: [UInt8]
    /// From the closing quote of the timestamp up to and including the opening quote of the id.
    let jsonMetadata: [UInt8]
    /// How many bytes both take. A number of its own: to ask both would cost more than to add it up.
    let jsonSize: Int

    /// A resource of those properties.
    public init(
        id: String, userID: String?, projectID: String?, userName: String? = nil, projectName: String? = nil,
        source: String, metadata: Metadata
    ) {
        self.id = id
        self.userID = userID
        self.projectID = projectID
        self.userName = userName
        self.projectName = projectName
        self.source = source
        self.metadata = metadata

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
        owner.string(id)
        owner.raw(", \"timestamp\": \"")
        jsonOwner = owner.exactBytes

        var tail = JSONWriter(capacity: 2048)
        tail.raw("\", \"resource_metadata\": ")
        tail.value(.object(metadata.fields))
        tail.raw(", \"source\": ")
        tail.string(source)
        tail.raw(", \"id\": \"")
        jsonMetadata = tail.exactBytes
        jsonSize = jsonOwner.count + jsonMetadata.count
    }
}
