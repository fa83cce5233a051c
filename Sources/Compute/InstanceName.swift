import Telemetry

/// The name of an instance in all logs and messages: display name, then libvirt's name and the UUID.
public struct InstanceName: Sendable, Hashable, CustomStringConvertible {
    /// Nova's display name, or an unmanaged domain's title.
    public let displayName: String?
    /// libvirt's name, such as `instance-0000002a`.
    public let libvirtName: String
    /// Lower case, with hyphens.
    public let uuid: String

    /// The name of an instance, or, without a display name, of a domain.
    public init(displayName: String?, libvirtName: String, uuid: String) {
        self.displayName = displayName
        self.libvirtName = libvirtName
        self.uuid = uuid
    }

    /// `web-1 (instance-0000002a, 6e7c0001-…)`; without a display name of its own `instance-0000002a (6e7c0001-…)`. One
    /// line without control characters.
    public var description: String {
        guard let displayName, !displayName.isEmpty, displayName != libvirtName else {
            return "\(libvirtName) (\(uuid))".oneLine
        }
        return "\(displayName) (\(libvirtName), \(uuid))".oneLine
    }
}
