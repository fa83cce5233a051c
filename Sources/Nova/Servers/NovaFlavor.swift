import Telemetry

/// A flavor as Nova describes it (Compute API 2.1).
public struct NovaFlavor: Sendable, Hashable {
    /// The id.
    public let id: String
    /// The name.
    public let name: String
    /// Its sizes.
    public let sizes: NovaServer.FlavorSizes

    /// Reads a flavor; `nil` without id or name. A size that is missing is 0, as in `_with_flavor`.
    init?(_ flavor: MetadataValue) {
        guard let id = flavor["id"]?.text, let name = flavor["name"]?.text else { return nil }
        self.id = id
        self.name = name
        sizes = NovaServer.FlavorSizes(
            vcpus: flavor["vcpus"]?.wholeNumber ?? 0, ram: flavor["ram"]?.wholeNumber ?? 0,
            disk: flavor["disk"]?.wholeNumber ?? 0,
            ephemeral: flavor["OS-FLV-EXT-DATA:ephemeral"]?.wholeNumber ?? 0)
    }
}

extension NovaServer {
    /// This server with its flavor looked up; `nil`: Nova does not know it any more.
    func with(_ found: NovaFlavor?) -> NovaServer {
        var server = self
        let name = found?.name ?? "unknown-id-\(flavorID)"
        let sizes = found?.sizes ?? FlavorSizes(vcpus: 0, ram: 0, disk: 0, ephemeral: 0)
        server.flavorName = name
        server.flavorSizes = sizes
        server.flavor = flavor.setting([
            .init("name", .string(name)), .init("vcpus", .integer(sizes.vcpus)), .init("ram", .integer(sizes.ram)),
            .init("disk", .integer(sizes.disk)), .init("ephemeral", .integer(sizes.ephemeral)),
        ])
        return server
    }

    /// This server with its image looked up; `nil`: Glance does not know it any more.
    func with(_ found: ImageDetails?) -> NovaServer {
        guard let imageID else { return with(kernel: .null, ramdisk: .null) }
        var server = with(kernel: found?.kernelID ?? .null, ramdisk: found?.ramdiskID ?? .null)
        server.image = image.setting([.init("name", found.map(\.name) ?? .string("unknown-id-\(imageID)"))])
        server.imageMeta = found?.meta
        return server
    }

    private func with(kernel: MetadataValue, ramdisk: MetadataValue) -> NovaServer {
        var server = self
        let place = server.properties.firstIndex { $0.name == "os_type" } ?? server.properties.endIndex
        server.properties.insert(.init("kernel_id", kernel), at: place)
        server.properties.append(.init("ramdisk_id", ramdisk))
        return server
    }
}

extension MetadataValue {
    /// An object with those fields set: each at its place, or at the end.
    fileprivate func setting(_ more: [Field]) -> MetadataValue {
        .object(Metadata(fields ?? []).adding(more).fields)
    }
}
