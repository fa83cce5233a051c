import Hypervisor
import Telemetry

/// Makes the samples of one instance in one cycle.
struct SampleCollector {
    private let record: InstanceRecord
    private let observation: Observation
    private let at: Timestamp
    private let occupation: Occupation?
    /// The meters that yielded nothing.
    private(set) var missing: [MissingMeter] = []

    init(record: InstanceRecord, reading: DomainReading, at: Timestamp, policy: StalePolicy) {
        self.record = record
        self.at = at
        occupation = reading.occupation
        let stats = reading.stats
        let state = stats.state.flatMap { PowerState($0) } ?? .noState
        observation = Observation(
            instance: record.instance, state: state, stats: stats,
            stale: Freshness.problem(of: stats, instance: record.instance, state: state, at: at, policy: policy))
    }

    mutating func collect(
        _ selection: inout MeterSelection, into samples: inout [Sample], ids: inout SampleIDSequence
    ) {
        let isOff = observation.state == .shutOff
        for (index, row) in selection.rows.enumerated() {
            func add(_ measurement: Measurement, _ resource: () -> Resource, device: String? = nil) {
                switch measurement {
                case .volume(let volume):
                    samples.append(
                        Sample(
                            id: ids.next(at: at), meter: row.meter, resource: resource(), volume: volume, timestamp: at)
                    )
                case .missing(let reason):
                    missing.append(MissingMeter(meter: row.meter.name, device: device, reason: explained(reason)))
                }
            }
            let state = observation.state
            switch row.rule {
            case .flavor(let rule):
                add(rule(record.instance), { record.resource(in: state) })
            case _ where isOff:
                missing.append(MissingMeter(meter: row.meter.name, device: nil, reason: .shutOff))
            case .instance(let rule):
                add(rule(observation), { record.resource(in: state) })
            case .cpu(let rule):
                add(
                    rule(observation), { record.cpuResource(in: state, number: observation.stats.vcpuCurrent) })
            case .disk(let rule):
                for disk in record.instance.disks {
                    let block = observation.stats.blocks.first { $0.name == disk.device }
                    let measurement = block.map(rule) ?? .missing(.noStatistics("statistics of the disk"))
                    add(measurement, { record.diskResource(in: state, disk) }, device: disk.device)
                }
            case .interface(let rule):
                for interface in record.instance.interfaces {
                    let measurement =
                        interface.stats(in: observation).map(rule) ?? .missing(.noStatistics("statistics of the NIC"))
                    add(measurement, { record.interfaceResource(in: state, interface) }, device: interface.device)
                }
            case .interfaceDelta(let rule):
                for interface in record.instance.interfaces {
                    var measurement = Measurement.missing(.noStatistics("statistics of the NIC"))
                    if let counter = interface.stats(in: observation).flatMap(rule), counter < 0 {
                        measurement = .missing(.negative(counter))
                    } else if let counter = interface.stats(in: observation).flatMap(rule) {
                        let key = CounterDeltas.Key(
                            instance: record.instance.domain.uuid, device: interface.device, mac: interface.mac,
                            meter: index)
                        measurement = .volume(.integer(selection.deltas.delta(key, counter)))
                    }
                    add(measurement, { record.interfaceResource(in: state, interface) }, device: interface.device)
                }
            }
        }
    }
}

extension SampleCollector {
    /// What libvirt left out of a guest that does not answer is missing for that reason.
    private func explained(_ reason: MissingReason) -> MissingReason {
        guard case .noStatistics = reason, let occupation else { return reason }
        return .busy(seconds: occupation.duration.map { Int($0 / .seconds(1)) })
    }
}

extension DomainDescription.Interface {
    fileprivate func stats(in observation: Observation) -> DomainStats.Interface? {
        observation.stats.interfaces.first { $0.name == device }
    }
}
