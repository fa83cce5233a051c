public import Telemetry

/// A server as Nova describes it (Compute API 2.1), with what Ceilometer 27 makes of its flavor and image
/// (`ceilometer.nova_client`, `_with_flavor_and_image`).
public struct NovaServer: Sendable, Hashable {
    /// The sizes of a flavor; 0 each if Nova does not know the flavor any more.
    public struct FlavorSizes: Sendable, Hashable {
        /// Number of virtual CPUs.
        public let vcpus: Int64
        /// Memory in MiB.
        public let ram: Int64
        /// The root disk in GiB.
        public let disk: Int64
        /// Ephemeral disks in GiB.
        public let ephemeral: Int64

        /// Those sizes.
        public init(vcpus: Int64, ram: Int64, disk: Int64, ephemeral: Int64) {
            self.vcpus = vcpus
            self.ram = ram
            self.disk = disk
            self.ephemeral = ephemeral
        }
    }

    /// The UUID.
    public var id: String
    /// The name that its user gave it (`display_name` of samples).
    public var name: String?
    /// The user who made it.
    public var userID: String
    /// The project that it belongs to.
    public var tenantID: String
    /// The hash of project and host (`host` of samples).
    public var hostID: String
    /// `OS-EXT-SRV-ATTR:host` (`instance_host` of samples): `null` where Nova says so, an empty text where it says nothing.
    public var host: MetadataValue
    /// `OS-EXT-SRV-ATTR:instance_name` (`name` of samples): libvirt's name; absent as `host`.
    public var instanceName: MetadataValue
    /// The status in capitals, such as `ACTIVE`.
    public var status: String
    /// `OS-EXT-STS:vm_state` (`state` of samples), such as `active`; absent as `host`.
    public var vmState: MetadataValue
    /// `OS-EXT-STS:task_state`; absent as `host`.
    public var taskState: MetadataValue
    /// The flavor's id.
    public var flavorID: String
    /// The flavor's name (`instance_type` of samples); `unknown-id-ID` if Nova does not know the flavor any more. `nil` if
    /// it was not looked up.
    public var flavorName: String?
    /// The flavor's sizes; `nil` if they were not looked up.
    public var flavorSizes: FlavorSizes?
    /// The flavor as samples have it: what Nova says (`id`, `links`), then `name`, `vcpus`, `ram`, `disk`, `ephemeral` if
    /// they were looked up.
    public var flavor: MetadataValue
    /// The image as samples have it: what Nova says (`id`, `links`), then `name` if it was looked up; `unknown-id-ID` if
    /// Glance does not know it any more. `null` if the server was booted from a volume.
    public var image: MetadataValue
    /// The image's id (`image_ref`).
    public var imageID: String?
    /// The first of the image's links (`image_ref_url`).
    public var imageURL: String?
    /// The image's properties as Glance has them, all as text (`image_meta`); `nil` if there are none to be sent.
    public var imageMeta: [MetadataValue.Field]?
    /// Further fields that stand at the top of a sample's metadata if Nova has them, in Ceilometer's order:
    /// `reservation_id`, `architecture`, `OS-EXT-AZ:availability_zone`, `kernel_id`, `os_type`, `ramdisk_id`
    /// (`ceilometer.compute.pollsters.util.INSTANCE_PROPERTIES`).
    public var properties: [MetadataValue.Field]
    /// What its user has set (`metadata`).
    public var metadata: [MetadataValue.Field]
}
