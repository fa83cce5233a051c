/// What Aerostat reads of a domain's description (https://libvirt.org/formatdomain.html).
struct DomainDescription {
    /// `<os><type>`: such as `hvm`.
    var osType: String?
    /// `<os><type arch=…>`: such as `x86_64`.
    var architecture: String?
    /// `<domain type=…>`: such as `kvm`.
    var type: String?
    /// `<title>`: what people call it.
    var title: String?
    /// `<vcpu>`: how many virtual CPUs it may have.
    var vcpus: Int64?
    /// `<memory>`: what it may have, in MiB.
    var memory: Int64?
    var balloon: Balloon
    /// Whether the guest is Windows, as far as the description tells.
    var isWindows: Bool
    var disks: [Disk]
    var interfaces: [Interface]

    /// `<memballoon>`: what can be known of the guest's memory.
    struct Balloon: Sendable, Hashable {
        /// Whether the guest has one: there is an element and its model is not `none`.
        var isPresent: Bool
        /// `<stats period=…>` in seconds; `nil` or 0 if the guest's figures are not collected.
        var period: Int?
    }

    /// A disk that has a source and a target device; others (an empty CD-ROM drive) are not measured.
    struct Disk: Sendable, Hashable {
        var device: String
        /// Where its image is.
        var storage: Storage
        /// Whether the image has no format of its own (`<driver type='raw'>`, or none).
        var isRaw: Bool

        /// Where a disk's image is (`<disk type=…>`).
        enum Storage: Sendable, Hashable {
            case file, block
            /// In a pool of libvirt's: its path tells whether it is a file or a device.
            case volume
            /// Over the network, or wherever else libvirtd sees no file.
            case other
        }
        /// A CD-ROM or a floppy: a drive whose medium is no part of the guest.
        var isRemovable = false
    }

    /// A NIC that has a target device and a `<mac>`; others are not measured.
    struct Interface: Sendable, Hashable {
        var device: String
        /// `<mac address=…>`.
        var mac: String?
        /// `<filterref filter=…>`.
        var filter: String?
        /// The parameters of all `<filterref>` with lower-cased names, in order.
        var parameters: [(name: String, value: String?)]
        /// `<virtualport><parameters interfaceid=…>`.
        var interfaceID: String?
        /// `<source bridge=…>`.
        var bridge: String?

        static func == (a: Interface, b: Interface) -> Bool {
            a.device == b.device && a.mac == b.mac && a.filter == b.filter && a.interfaceID == b.interfaceID
                && a.bridge == b.bridge && a.parameters.elementsEqual(b.parameters) { $0 == $1 }
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(device)
            hasher.combine(mac)
        }
    }

    init(_ domain: XMLElement) {
        type = domain.attribute("type")
        title = domain.child("title")?.text
        vcpus = domain.child("vcpu")?.text.flatMap { Int64($0) }
        memory = domain.child("memory").flatMap(Self.mebibytes)
        let os = domain.child("os")?.child("type")
        osType = os?.text
        architecture = os?.attribute("arch")
        let devices = domain.child("devices")
        balloon = Balloon(devices?.child("memballoon"))
        isWindows = Self.isWindows(domain)
        disks = devices?.children("disk").compactMap(Disk.init) ?? []
        interfaces = devices?.children("interface").compactMap(Interface.init) ?? []
    }
}

extension DomainDescription {
    /// libvirt writes KiB and says so; whatever else stands there is not known.
    private static func mebibytes(_ element: XMLElement) -> Int64? {
        guard element.attribute("unit") ?? "KiB" == "KiB" else { return nil }
        return element.text.flatMap { Int64($0) }.map { $0 / 1024 }
    }

    /// Nova since 2025.2 writes the image's properties, and virt-install writes libosinfo's id. Of other domains, the
    /// Hyper-V features together with a clock in local time are what Nova gives to `os_type=windows` alone.
    private static func isWindows(_ domain: XMLElement) -> Bool {
        let metadata = domain.child("metadata")
        let properties = metadata?.child("instance")?.child("image")?.child("properties")?.children("property") ?? []
        let named = properties.filter { ["os_type", "os_distro"].contains($0.attribute("name") ?? "") }
            .compactMap { $0.text?.lowercased() }
        guard named.isEmpty else { return named.contains { $0.hasPrefix("win") } }
        if let id = metadata?.child("libosinfo")?.child("os")?.attribute("id") {
            return id.contains("microsoft.com/win")
        }
        return domain.child("features")?.child("hyperv") != nil
            && domain.child("clock")?.attribute("offset") == "localtime"
    }
}

extension DomainDescription.Balloon {
    fileprivate init(_ element: XMLElement?) {
        isPresent = element.map { $0.attribute("model") != "none" } ?? false
        period = element?.child("stats")?.attribute("period").flatMap { Int($0) }
    }
}

extension DomainDescription.Disk {
    fileprivate init?(_ element: XMLElement) {
        guard element.child("source") != nil, let device = element.child("target")?.attribute("dev"), !device.isEmpty
        else { return nil }
        self.device = device
        storage =
            switch element.attribute("type") {
            case "file": .file
            case "block": .block
            case "volume": .volume
            default: .other
            }
        isRaw = element.child("driver")?.attribute("type") ?? "raw" == "raw"
        isRemovable = ["cdrom", "floppy"].contains(element.attribute("device") ?? "disk")
    }
}

extension DomainDescription.Interface {
    fileprivate init?(_ element: XMLElement) {
        guard let device = element.child("target")?.attribute("dev"), let mac = element.child("mac") else { return nil }
        self.device = device
        self.mac = mac.attribute("address")
        filter = element.child("filterref")?.attribute("filter")
        parameters = element.children("filterref").flatMap { reference in
            reference.children("parameter").compactMap { parameter in
                parameter.attribute("name").map { ($0.lowercased(), parameter.attribute("value")) }
            }
        }
        interfaceID = element.child("virtualport")?.child("parameters")?.attribute("interfaceid")
        bridge = element.child("source")?.attribute("bridge")
    }
}

extension DomainDescription.Interface {
    /// Whether libvirt made the device's name up. It does so anew with each start of the guest, and the description of a
    /// domain that is off has no such name.
    var hasMadeUpName: Bool {
        ["vnet", "macvtap", "macvlan", "vif"].contains { prefix in
            device.hasPrefix(prefix) && device.dropFirst(prefix.count).allSatisfy(\.isNumber)
        }
    }
}

extension [DomainDescription.Interface] {
    /// A name of the NIC at `place` that no other NIC of the domain has and that survives a restart of the guest: the
    /// device's, if somebody chose it, else the MAC address. NICs of one address are numbered in their order.
    func lastingName(at place: Int) -> String {
        let interface = self[place]
        guard interface.hasMadeUpName, let mac = interface.mac, !mac.isEmpty else { return interface.device }
        let earlier = self[..<place].count { $0.hasMadeUpName && $0.mac == mac }
        return earlier == 0 ? mac : "\(mac)-\(earlier + 1)"
    }
}
