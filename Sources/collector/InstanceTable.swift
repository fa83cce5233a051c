import Telemetry

/// What was received, by instance: the newest figure of each memory meter.
struct InstanceTable {
    /// How many instances are kept; beyond it, the one that was silent for longest goes.
    let capacity: Int
    /// How many samples of whatever meter were received.
    private(set) var samples = 0
    /// When the newest of them was taken.
    private(set) var newest: Timestamp?

    private var instances: [String: Instance] = [:]

    private struct Instance {
        var name: String?
        var project: String?
        var newest: Timestamp
        var figures: [MemoryMeter: Figure] = [:]
    }

    private struct Figure {
        var value: Double
        var at: Timestamp
        /// When the figure before it was taken.
        var before: Timestamp?
    }

    /// An empty table.
    init(capacity: Int = 10_000) {
        self.capacity = capacity
    }

    /// Takes a sample in. An older one than the newest of its meter, as a delivery after an outage brings, changes
    /// nothing but the count.
    mutating func record(_ sample: ReceivedSample) {
        samples += 1
        newest = max(newest ?? sample.timestamp, sample.timestamp)
        guard let meter = MemoryMeter(rawValue: sample.meter) else { return }
        var instance = instances[sample.instance] ?? Instance(newest: sample.timestamp)
        if sample.timestamp >= instance.newest {
            instance.newest = sample.timestamp
            instance.name = sample.displayName ?? instance.name
            instance.project = sample.project ?? instance.project
        }
        let old = instance.figures[meter]
        if old.map({ sample.timestamp > $0.at }) ?? true {
            instance.figures[meter] = Figure(value: sample.volume, at: sample.timestamp, before: old?.at)
        }
        instances[sample.instance] = instance
        if instances.count > capacity, let silent = instances.min(by: { $0.value.newest < $1.value.newest }) {
            instances[silent.key] = nil
        }
    }

    /// The table's rows at a moment, by name. `status` is what the agent says of itself, if it can be asked; instances
    /// that only it knows have a row too.
    func rows(status: AgentStatus?, at now: Timestamp) -> [InstanceRow] {
        var reasons: [String: AgentStatus.Instance] = [:]
        for instance in status?.instances ?? [] { reasons[instance.uuid] = instance }
        let uuids = Set(instances.keys).union(reasons.keys)
        return uuids.map { row($0, instances[$0], reasons[$0], at: now) }
            .sorted { ($0.name ?? "", $0.uuid) < ($1.name ?? "", $1.uuid) }
    }

    private func row(
        _ uuid: String, _ instance: Instance?, _ status: AgentStatus.Instance?, at now: Timestamp
    ) -> InstanceRow {
        var figures: [MemoryMeter: Double] = [:]
        var missing: [InstanceRow.Missing] = []
        for meter in MemoryMeter.allCases {
            let reason = status?.reason(meter.rawValue)
            if reason == nil, let figure = instance?.figures[meter], let instance, isCurrent(figure, in: instance) {
                figures[meter] = figure.value
            } else {
                missing.append(.init(meter: meter, reason: reason ?? "not received"))
            }
        }
        return InstanceRow(
            uuid: uuid, name: instance?.name ?? status?.name, project: instance?.project ?? status?.project,
            figures: figures, age: (instance?.newest).map { now.seconds - $0.seconds }, missing: missing)
    }

    /// A figure is of the past once another meter of its instance was received twice after it: that many cycles went
    /// by without it. (One would not do: a cycle's samples may come in several bodies.)
    private func isCurrent(_ figure: Figure, in instance: Instance) -> Bool {
        !instance.figures.values.contains { other in other.before.map { $0 > figure.at } ?? false }
    }
}

/// An instance as the table shows it.
struct InstanceRow: Hashable {
    var uuid: String
    var name: String?
    var project: String?
    /// MiB.
    var figures: [MemoryMeter: Double]
    /// Seconds since the newest sample was taken; `nil` if none was received.
    var age: Double?
    /// The figures that are not there.
    var missing: [Missing]

    /// A figure that is not there.
    struct Missing: Hashable {
        var meter: MemoryMeter
        var reason: String
    }
}
