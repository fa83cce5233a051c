import Compression

/// A domain as its hypervisor describes it. A new object is made for every change, so that identity tells whether what
/// was derived from it is still right.
public final class Domain: Sendable {
    /// Lower case, with hyphens.
    public let uuid: String
    /// libvirt's name, such as `instance-0000002a`.
    public let name: String
    /// The id while it runs; -1 or `nil` if it does not.
    public let id: Int?
    /// The description, compressed: it is read once, and kept for as long as the domain is as it is.
    let description: [UInt8]
    /// What it was compressed by.
    private let model: DescriptionModel?
    /// Why there is no description.
    public let problem: String?

    /// A domain with a description, which takes the less memory the more it is like `model`.
    public init(uuid: String, name: String, id: Int?, xml: String, like model: DescriptionModel? = nil) {
        self.uuid = uuid
        self.name = name
        self.id = id
        self.model = model
        description = Zstandard.Compressor().compress(Array(xml.utf8), like: model?.bytes ?? [])
        problem = nil
    }

    /// The description (virDomainGetXMLDesc), unpacked each time; `nil` if it could not be had, with the reason in
    /// `problem`.
    public var xml: String? {
        guard isDescribed else { return nil }
        do {
            return String(decoding: try Zstandard.decompress(description, like: model?.bytes ?? []), as: UTF8.self)
        } catch {
            preconditionFailure("the machine's memory has changed: \(error)")
        }
    }

    /// Whether there is a description.
    public var isDescribed: Bool { problem == nil }

    /// A domain whose description could not be had.
    public init(uuid: String, name: String, id: Int?, problem: String) {
        self.uuid = uuid
        self.name = name
        self.id = id
        description = []
        model = nil
        self.problem = problem
    }
}
