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
}

extension DomainDescription.Balloon {
    fileprivate init(_ element: XMLElement?) {
        isPresent = element.map { $0.attribute("model") != "none" } ?? false
        period = element?.child("stats")?.attribute("period").flatMap { Int($0) }
    }
}

extension DomainDescription.Disk {
    fileprivate init?(_ element: XMLElement) {
        guard element.child("source") != nil, let device = element.child("target")?.attribute("dev") else { return nil }
        self.device = device
        storage =
            switch element.attribute("type") {
            case "file": .file
            case "block": .block
            case "volume": .volume
            default: .other
            }
        isRaw = element.child("driver")?.attribute("type") ?? "raw" == "raw"
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
