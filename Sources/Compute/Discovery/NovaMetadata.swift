import Telemetry

/// What Nova wrote into a domain's `<metadata>` (nova.virt.libvirt.config.LibvirtConfigGuestMetaNovaInstance), in
/// namespace 1.1 or 1.0.
struct NovaMetadata {
    /// The server's display name.
    var name: String?
    var userID: String
    var projectID: String
    var flavor: Flavor
    /// `<root type="image" uuid=…>`: `nil` for an instance that boots from a volume.
    var imageID: String?
    /// `<image>`'s properties as text, in order; `nil` if there is no such element or it says nothing.
    var imageMeta: [(name: String, value: String?)]?

    struct Flavor {
        /// The id; `nil` where Nova (before 2025.2) did not write it.
        var id: String?
        var name: String
        /// MiB.
        var memory: Int64
        /// GiB.
        var disk: Int64
        /// MiB.
        var swap: Int64
        /// GiB.
        var ephemeral: Int64
        var vcpus: Int64
        /// `nil` if there is no `<extraSpecs>`.
        var extraSpecs: [(name: String, value: String?)]?
    }

    static let namespaces = [
        "http://openstack.org/xmlns/libvirt/nova/1.1", "http://openstack.org/xmlns/libvirt/nova/1.0",
    ]

    /// Reads the block in a domain's description. Throws `DiscoveryProblem` that says what is missing or wrong.
    init(_ domain: XMLElement) throws(DiscoveryProblem) {
        let blocks = domain.child("metadata")?.children("instance") ?? []
        // 1.1 is preferred where both stand.
        guard let block = Self.namespaces.lazy.compactMap({ uri in blocks.first { $0.namespace == uri } }).first else {
            throw .noNovaMetadata
        }
        name = try Self.required(block, "name").text
        let owner = try Self.required(block, "owner")
        userID = try Self.required(Self.required(owner, "user"), attribute: "uuid")
        projectID = try Self.required(Self.required(owner, "project"), attribute: "uuid")
        flavor = try Flavor(Self.required(block, "flavor"))
        if let root = block.children("root").first(where: { $0.attribute("type") == "image" }) {
            imageID = try Self.required(root, attribute: "uuid")
        }
        imageMeta = block.child("image").flatMap(Self.imageMeta)
    }

    private static func imageMeta(_ image: XMLElement) -> [(name: String, value: String?)]? {
        var meta: [(name: String, value: String?)] = []
        if let uuid = image.attribute("uuid") { meta.append(("base_image_ref", uuid)) }
        if let element = image.child("containerFormat") { meta.append(("container_format", element.text)) }
        if let element = image.child("diskFormat") { meta.append(("disk_format", element.text)) }
        if let element = image.child("minDisk") { meta.append(("min_disk", element.text)) }
        if let element = image.child("minRam") { meta.append(("min_ram", element.text)) }
        for property in image.child("properties")?.children("property") ?? [] {
            if let name = property.attribute("name") { meta.append((name, property.text)) }
        }
        return meta.isEmpty ? nil : meta
    }

    fileprivate static func required(
        _ parent: XMLElement, _ name: StaticString
    ) throws(DiscoveryProblem) -> XMLElement {
        guard let child = parent.child(name) else {
            throw .malformed("<nova:\(parent.name)> has no <nova:\(name)>")
        }
        return child
    }

    fileprivate static func required(
        _ element: XMLElement, attribute: StaticString
    ) throws(DiscoveryProblem) -> String {
        guard let value = element.attribute(attribute) else {
            throw .malformed("<nova:\(element.name)> has no attribute \(attribute)")
        }
        return value
    }
}

extension NovaMetadata.Flavor {
    fileprivate init(_ element: XMLElement) throws(DiscoveryProblem) {
        name = try NovaMetadata.required(element, attribute: "name")
        let id = element.attribute("id") ?? ""
        self.id = id.isEmpty ? nil : id
        memory = try Self.size(element, "memory")
        disk = try Self.size(element, "disk")
        swap = try Self.size(element, "swap")
        ephemeral = try Self.size(element, "ephemeral")
        vcpus = try Self.size(element, "vcpus")
        extraSpecs = element.child("extraSpecs").map { specs in
            specs.children("extraSpec").compactMap { spec in spec.attribute("name").map { ($0, spec.text) } }
        }
    }

    /// A size is 0 where Nova wrote none (ceilometer.compute.discovery, `_safe_find_int`).
    private static func size(_ flavor: XMLElement, _ name: StaticString) throws(DiscoveryProblem) -> Int64 {
        guard let element = flavor.child(name) else { return 0 }
        let text = element.text ?? ""
        guard let value = Int64(python: text) else {
            throw .malformed("<nova:\(name)> of the flavor is \"\(text.oneLine)\", expected a whole number")
        }
        return value
    }
}
