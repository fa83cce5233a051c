/// A domain as its hypervisor describes it. A new object is made for every change, so that identity tells whether what
/// was derived from it is still right.
public final class Domain: Sendable {
    /// Lower case, with hyphens.
    public let uuid: String
    /// libvirt's name, such as `instance-0000002a`.
    public let name: String
    /// The id while it runs; -1 or `nil` if it does not.
    public let id: Int?
    /// The description (virDomainGetXMLDesc); `nil` if it could not be had, with the reason in `problem`.
    public let xml: String?
    /// Why there is no description.
    public let problem: String?

    /// A domain with a description.
    public init(uuid: String, name: String, id: Int?, xml: String) {
        self.uuid = uuid
        self.name = name
        self.id = id
        self.xml = xml
        problem = nil
    }

    /// A domain whose description could not be had.
    public init(uuid: String, name: String, id: Int?, problem: String) {
        self.uuid = uuid
        self.name = name
        self.id = id
        xml = nil
        self.problem = problem
    }
}
