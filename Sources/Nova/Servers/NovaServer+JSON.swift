import Telemetry

/// Why a server in an answer cannot be read.
struct MalformedServer: Error, Hashable, CustomStringConvertible {
    /// Its id, if it has one, or where it stands in the list.
    let server: String
    /// What was expected.
    let expected: String

    var description: String { "server \(server): expected \(expected)" }
}

extension NovaServer {
    /// Reads a server of the Compute API 2.1; flavor and image are yet to be looked up. `place` names a server that has
    /// no id.
    init(_ server: MetadataValue, place: String) throws(MalformedServer) {
        guard let id = server["id"]?.text, !id.isEmpty else {
            throw MalformedServer(server: place, expected: "an id")
        }
        func text(_ name: String) throws(MalformedServer) -> String {
            guard let text = server[name]?.text else { throw MalformedServer(server: id, expected: "text in \(name)") }
            return text
        }
        self.id = id
        userID = try text("user_id")
        tenantID = try text("tenant_id")
        hostID = try text("hostId")
        status = try text("status")
        name = server["name"]?.text
        guard let flavor = server["flavor"], let flavorID = flavor["id"]?.text else {
            throw MalformedServer(server: id, expected: "a flavor with an id")
        }
        self.flavor = flavor
        self.flavorID = flavorID
        let absent = MetadataValue.string("")
        host = server["OS-EXT-SRV-ATTR:host"] ?? absent
        instanceName = server["OS-EXT-SRV-ATTR:instance_name"] ?? absent
        vmState = server["OS-EXT-STS:vm_state"] ?? absent
        taskState = server["OS-EXT-STS:task_state"] ?? absent
        // A server that was booted from a volume has an empty text there.
        if let image = server["image"], let imageID = image["id"]?.text {
            self.image = image
            self.imageID = imageID
            imageURL = image["links"]?.elements?.first?["href"]?.text
        } else {
            image = .null
        }
        properties = ["reservation_id", "architecture", "OS-EXT-AZ:availability_zone", "os_type"].compactMap { name in
            server[name].map { .init(name, $0) }
        }
        metadata = server["metadata"]?.fields ?? []
    }

    /// Whether it is no longer to be polled (`ceilometer.compute.discovery`, `discover_nova_polling`).
    var isGone: Bool { vmState == .string("deleted") || vmState == .string("error") || status == "DELETED" }
}
