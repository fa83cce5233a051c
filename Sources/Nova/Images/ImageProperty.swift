import Telemetry

/// A property of an image: what openstacksdk calls it, and what the Image API v2 does (`openstack.image.v2.image.Image`).
struct ImageProperty: Sendable {
    /// What openstacksdk makes of a value.
    enum Conversion: Sendable {
        case none, whole, flag, flexibleFlag
        /// All properties that have no name of their own, as one object.
        case unnamed
    }

    let name: String
    let key: String
    let conversion: Conversion

    private init(_ name: String, _ key: String? = nil, _ conversion: Conversion = .none) {
        self.name = name
        self.key = key ?? name
        self.conversion = conversion
    }

    /// What of it is in an image; `nil` if it is missing or `null`.
    func value(in image: MetadataValue) -> MetadataValue? {
        if conversion == .unnamed { return Self.unnamed(in: image) }
        guard let value = image[key], value != .null else { return nil }
        return switch conversion {
        case .whole: .integer(value.wholeNumber ?? value.text.flatMap { Int64($0) } ?? 0)
        case .flag: .bool(value != .bool(false) && value != .integer(0) && value != .string(""))
        case .flexibleFlag: .bool(Self.isTrue(value))
        case .none, .unnamed: value
        }
    }

    private static func unnamed(in image: MetadataValue) -> MetadataValue {
        if let properties = image["properties"], properties != .null { return properties }
        return .object((image.fields ?? []).filter { !named.contains($0.name) })
    }

    private static func isTrue(_ value: MetadataValue) -> Bool {
        ["1", "t", "true", "on", "y", "yes"].contains(value.pythonString.lowercased())
    }

    /// In the order in which they are sent; without those that Ceilometer leaves out or sends elsewhere.
    static let all: [ImageProperty] = [
        .init("checksum"), .init("container_format"), .init("created_at"), .init("disk_format"),
        .init("is_hidden", "os_hidden", .flag), .init("is_protected", "protected", .flag),
        .init("hash_algo", "os_hash_algo"), .init("hash_value", "os_hash_value"), .init("min_disk"), .init("min_ram"),
        .init("owner"), .init("owner_id", "owner"), .init("properties", nil, .unnamed), .init("size", nil, .whole),
        .init("store"), .init("status"), .init("updated_at"), .init("virtual_size"), .init("visibility"), .init("file"),
        .init("locations"), .init("direct_url"), .init("url"), .init("architecture"), .init("hypervisor_type"),
        .init("instance_type_rxtx_factor"), .init("instance_uuid"), .init("needs_config_drive", "img_config_drive"),
        .init("os_distro"), .init("os_version"), .init("needs_secure_boot", "os_secure_boot"),
        .init("os_shutdown_timeout", nil, .whole), .init("vm_mode"), .init("hw_cpu_sockets", nil, .whole),
        .init("hw_cpu_cores", nil, .whole), .init("hw_cpu_threads", nil, .whole), .init("hw_disk_bus"),
        .init("hw_cpu_policy"), .init("hw_cpu_thread_policy"), .init("hw_rng_model"), .init("hw_machine_type"),
        .init("hw_scsi_model"), .init("hw_serial_port_count", nil, .whole), .init("hw_video_model"),
        .init("hw_video_ram", nil, .whole), .init("hw_watchdog_action"), .init("os_command_line"),
        .init("hw_vif_model"), .init("is_hw_vif_multiqueue_enabled", "hw_vif_multiqueue_enabled", .flexibleFlag),
        .init("is_hw_boot_menu_enabled", "hw_boot_menu", .flexibleFlag), .init("vmware_adaptertype"),
        .init("vmware_ostype"), .init("has_auto_disk_config", "auto_disk_config"), .init("os_type"),
        .init("os_admin_user"), .init("hw_qemu_guest_agent"), .init("os_require_quiesce", nil, .flexibleFlag),
        .init("schema"),
    ]

    private static let named = Set(all.map(\.key)).union([
        "id", "self", "name", "tags", "metadata", "kernel_id", "ramdisk_id",
    ])
}
