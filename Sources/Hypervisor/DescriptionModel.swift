/// One domain's description, which those of a host's other domains are much like.
public final class DescriptionModel: Sendable {
    let bytes: [UInt8]

    /// The model that a description (virDomainGetXMLDesc) is.
    public init(_ xml: String) {
        bytes = Array(xml.utf8)
    }
}
