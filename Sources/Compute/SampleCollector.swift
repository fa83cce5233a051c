import Hypervisor
import Telemetry

/// Makes the samples of one instance in one cycle.
struct SampleCollector {
    private let record: InstanceRecord
    private let observation: Observation
    private let at: Timestamp
    private let monotonicTime: Duration?
    private let occupation: Occupation?
    private let reportsStopped: Bool
    /// The meters that yielded nothing.
    private(set) var missing: [MissingMeter] = []

    init(
        record: InstanceRecord, reading: DomainReading, at: Timestamp, monotonicTime: Duration?, rules: SampleRules,
        process: ProcessorTime.Verdict, reports: GuestReports.Witness?
    ) {
        self.record = record
        self.at = at
        self.monotonicTime = monotonicTime
        occupation = reading.occupation
        reportsStopped = rules.reportsStopped
        let stats = reading.stats
        let state = stats.powerState
        observation = Observation(
            instance: record.instance, state: state, stats: stats,
            stale: Freshness.problem(
                of: stats, instance: record.instance, state: state, at: at, policy: rules.stalePolicy, witness: reports),
            process: process)
    }

    mutating func collect(
        _ selection: inout MeterSelection, into samples: inout [Sample], ids: inout SampleIDSequence
    ) {
        let isOff = observation.state == .shutOff
        // The counters of a guest that is started again go on from 0, and their growth is known.
        if isOff { selection.growth.keepAll(of: record.instance.domain.uuid) }
        for (index, row) in selection.rows.enumerated() {
            if isOff, !isYielded(row) {
                missing.append(MissingMeter(meter: row.meter.name, device: nil, reason: .shutOff))
                continue
            }
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
            case .flavor(let rule), .instance(let rule):
                add(rule(observation), { record.resource(in: state) })
            case .cpu(let rule):
                add(
                    rule(observation), { record.cpuResource(in: state, number: observation.stats.vcpuCurrent) })
            case .disk(let rule):
                for (place, disk) in record.instance.disks.enumerated() {
                    add(
                        observation.measure(disk, rule), { record.diskResource(in: state, at: place) },
                        device: disk.device)
                }
            case .diskSum(let rule):
                add(observation.sum(rule), { record.diskSumResource(in: state) })
            case .interface(let rule):
                for (place, interface) in record.instance.interfaces.enumerated() {
                    let measurement = interface.stats(in: observation).map(rule) ?? .missing(.noNICStatistics)
                    add(measurement, { record.interfaceResource(in: state, at: place) }, device: interface.device)
                }
            case .interfaceDelta(let counter):
                for (place, interface) in record.instance.interfaces.enumerated() {
                    let growth = grow(counter, of: interface, index, &selection)
                    let measurement: Measurement =
                        switch growth {
                        // As in Ceilometer, nothing has grown yet.
                        case .success(nil): .volume(.integer(0))
                        case .success(let growth?): .volume(.integer(growth.count))
                        case .failure(let reason): .missing(reason)
                        }
                    add(measurement, { record.interfaceResource(in: state, at: place) }, device: interface.device)
                }
            case .interfaceRate(let counter):
                for (place, interface) in record.instance.interfaces.enumerated() {
                    let measurement = Measurement.rate(grow(counter, of: interface, index, &selection))
                    add(measurement, { record.interfaceResource(in: state, at: place) }, device: interface.device)
                }
            }
        }
    }

    /// Whether a row yields anything for an instance that is shut off.
    private func isYielded(_ row: MeterRow) -> Bool {
        if case .flavor = row.rule { return true }
        return reportsStopped && row.isReportedWhenStopped
    }

    private func grow(
        _ counter: MeterRow.InterfaceCounter, of interface: DomainDescription.Interface, _ meter: Int,
        _ selection: inout MeterSelection
    ) -> Result<CounterGrowth.Growth?, MissingReason> {
        let key = CounterGrowth.Key(device: interface.device, mac: interface.mac, meter: meter)
        let domain = record.instance.domain
        guard let count = interface.stats(in: observation).flatMap(counter), count >= 0 else {
            selection.growth.keep(key, of: domain.uuid)
            let negative = interface.stats(in: observation).flatMap(counter).map(MissingReason.negative)
            return .failure(negative ?? .noNICStatistics)
        }
        return .success(
            selection.growth.grow(
                key, of: domain.uuid, to: count, at: .init(at: at, monotonic: monotonicTime), domain: domain.id,
                isPresent: { device, mac in
                    record.instance.interfaces.contains { $0.device == device && $0.mac == mac }
                }))
    }

    /// What libvirt left out of a guest that does not answer is missing for that reason.
    private func explained(_ reason: MissingReason) -> MissingReason {
        guard case .noStatistics = reason, let occupation else { return reason }
        return .busy(seconds: occupation.duration.map { Int($0 / .seconds(1)) })
    }
}

extension MissingReason {
    fileprivate static let noNICStatistics = MissingReason.noStatistics("statistics of the NIC")
}

extension Measurement {
    /// A counter's growth in a second.
    fileprivate static func rate(_ growth: Result<CounterGrowth.Growth?, MissingReason>) -> Measurement {
        switch growth {
        case .failure(let reason): .missing(reason)
        case .success(nil): .missing(.firstPoll)
        case .success(let growth?) where growth.seconds <= 0: .missing(.clockSetBack)
        case .success(let growth?): .volume(.real(growth.count.double / growth.seconds))
        }
    }
}

extension DomainStats {
    /// The state, which libvirt always tells.
    var powerState: PowerState { state.flatMap { PowerState($0) } ?? .noState }
}

extension DomainDescription.Interface {
    fileprivate func stats(in observation: Observation) -> DomainStats.Interface? {
        observation.stats.interfaces.first { $0.name == device }
    }
}
