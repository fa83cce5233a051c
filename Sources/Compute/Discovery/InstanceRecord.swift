import Hypervisor
import Telemetry

/// An instance with the resources that its samples refer to. A resource is made once and again only when what it says
/// has changed, so that its JSON is encoded once.
///
/// Not `Sendable`: it belongs to the poller that made it.
final class InstanceRecord {
    let instance: Instance
    private var state: PowerState?
    /// In that state.
    private var cached: Resource?
    private var cachedCPU: (number: Int128?, resource: Resource)?
    /// By the disk's place in the description.
    private var cachedDisks: [Resource?]
    private var cachedDiskSum: Resource?
    /// By the NIC's place in the description.
    private var cachedInterfaces: [Resource?]

    init(_ instance: Instance) {
        self.instance = instance
        cachedDisks = Array(repeating: nil, count: instance.disks.count)
        cachedInterfaces = Array(repeating: nil, count: instance.interfaces.count)
    }

    /// The instance itself, in a state.
    func resource(in state: PowerState) -> Resource {
        enter(state)
        if let cached { return cached }
        let resource = instance.resource(in: state)
        cached = resource
        return resource
    }

    /// The instance with `cpu_number`, which the cpu meter adds.
    func cpuResource(in state: PowerState, number: Int128?) -> Resource {
        enter(state)
        if let cachedCPU, cachedCPU.number == number { return cachedCPU.resource }
        let value = number.flatMap { Int64(exactly: $0) }.map(MetadataValue.integer) ?? .null
        let resource = self.resource(in: state).part(adding: [.init("cpu_number", value)])
        cachedCPU = (number, resource)
        return resource
    }

    /// One of its disks, by its place in the description.
    func diskResource(in state: PowerState, at place: Int) -> Resource {
        enter(state)
        if let resource = cachedDisks[place] { return resource }
        let disk = instance.disks[place]
        let resource = self.resource(in: state).part(
            id: "\(instance.domain.uuid)-\(disk.device)", adding: [.init("disk_name", .string(disk.device))])
        cachedDisks[place] = resource
        return resource
    }

    /// The instance with the names of its disks, which the sums over them add (Ceilometer until its release 11).
    func diskSumResource(in state: PowerState) -> Resource {
        enter(state)
        if let cachedDiskSum { return cachedDiskSum }
        let resource = self.resource(in: state).part(
            adding: [.init("device", .array(instance.disks.map { .string($0.device) }))])
        cachedDiskSum = resource
        return resource
    }

    /// One of its NICs, by its place in the description. Its name takes the place of the domain's, as in Ceilometer.
    func interfaceResource(in state: PowerState, at place: Int) -> Resource {
        enter(state)
        if let resource = cachedInterfaces[place] { return resource }
        let interface = instance.interfaces[place]
        let (id, name) = instance.identity(ofInterfaceAt: place)
        // Ceilometer takes an empty name of a filter for none here alone.
        let resource = self.resource(in: state).part(
            id: id.isEmpty ? nil : id, adding: interface.metadata(named: name))
        cachedInterfaces[place] = resource
        return resource
    }

    private func enter(_ state: PowerState) {
        guard state != self.state else { return }
        self.state = state
        cached = nil
        cachedCPU = nil
        cachedDisks = Array(repeating: nil, count: instance.disks.count)
        cachedDiskSum = nil
        cachedInterfaces = Array(repeating: nil, count: instance.interfaces.count)
    }
}

extension DomainDescription.Interface {
    /// What a NIC's samples add (ceilometer.compute.pollsters.net, `make_vnic_sample`).
    fileprivate func metadata(named name: String) -> [MetadataValue.Field] {
        let parameters = Metadata(
            parameters.map { .init($0.name, .text($0.value)) } + [
                .init("interfaceid", .text(interfaceID)), .init("bridge", .text(bridge)),
            ])
        return [
            .init("name", .string(device)),
            .init("mac", .text(mac)),
            .init("fref", .text(filter)),
            .init("parameters", .object(parameters.fields)),
            .init("vnic_name", .string(name)),
        ]
    }
}
