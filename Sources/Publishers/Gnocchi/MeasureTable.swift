import Telemetry

/// Gathers a cycle's samples by resource and metric.
struct MeasureTable {
    private let definition: GnocchiDefinition
    private var resources: [Entry] = []
    private var places: [String: Int] = [:]
    /// Places of resources by their identity: many samples share one object, which lives as long as they.
    private var known: [ObjectIdentifier: Int] = [:]
    /// When the samples were taken. All parts of a cycle have its span: a part is not older than the one before.
    private(set) var span: ClosedRange<Timestamp>?
    /// What meters are, by their identity and by their names; a cycle has few of them and many samples.
    private var meters: [ObjectIdentifier: Place?] = [:]
    private var names: [String: Place?] = [:]

    /// What a meter is: the resource's definition, and its own.
    struct Place {
        let resource: Int
        let metric: MetricDefinition
        /// Which of the table's meters it is: one for each name.
        fileprivate let number: Int
    }

    fileprivate struct Entry {
        let id: String
        let type: String
        let userID: String?
        var attributes: Metadata
        /// Definitions whose attributes are in it.
        var evaluated: Set<Int> = []
        var metrics: [MetricEntry] = []
    }

    fileprivate struct MetricEntry {
        let number: Int
        let name: String
        let unit: String
        let archivePolicy: String
        var points: [(time: Timestamp, value: Volume)]
    }

    init(definition: GnocchiDefinition) {
        self.definition = definition
    }

    mutating func add(_ sample: Sample, to place: Place) {
        let resource = definition.resources[place.resource]
        let index = index(of: sample, type: resource.type)
        let moment = sample.timestamp
        span = span.map { min($0.lowerBound, moment)...max($0.upperBound, moment) } ?? moment...moment
        if resource.dependsOnSample || !resources[index].evaluated.contains(place.resource) {
            evaluate(resource, of: sample, into: index)
            resources[index].evaluated.insert(place.resource)
        }
        let point = (sample.timestamp, sample.volume)
        if let metric = resources[index].metrics.firstIndex(where: { $0.number == place.number }) {
            resources[index].metrics[metric].points.append(point)
        } else {
            resources[index].metrics.append(
                MetricEntry(
                    number: place.number, name: sample.meter.name, unit: sample.meter.unit,
                    archivePolicy: place.metric.archivePolicy,
                    points: [point]))
        }
    }

    /// What a meter is; `nil` if the definition does not have it.
    mutating func place(of meter: Meter) -> Place? {
        if let known = meters[ObjectIdentifier(meter)] { return known }
        let place: Place?
        if let named = names[meter.name] {
            place = named
        } else {
            place = definition.lookUp(meter.name).map {
                Place(resource: $0.resource, metric: $0.metric, number: names.count)
            }
            names[meter.name] = .some(place)
        }
        meters[ObjectIdentifier(meter)] = .some(place)
        return place
    }

    private mutating func index(of sample: Sample, type: String) -> Int {
        let object = ObjectIdentifier(sample.resource)
        if let index = known[object] { return index }
        // Gnocchi allows no slash in an id; Ceilometer writes the same.
        let id =
            sample.resource.id.utf8.contains(UInt8(ascii: "/"))
            ? sample.resource.id.replacing("/", with: "_") : sample.resource.id
        let index = places[id] ?? append(sample, id: id, type: type)
        known[object] = index
        return index
    }

    private mutating func append(_ sample: Sample, id: String, type: String) -> Int {
        resources.append(
            Entry(
                id: id, type: type, userID: sample.resource.userID,
                attributes: Metadata([.init("project_id", .text(sample.resource.projectID))])))
        places[id] = resources.count - 1
        return resources.count - 1
    }

    private mutating func evaluate(_ resource: ResourceDefinition, of sample: Sample, into index: Int) {
        let document = sample.document(withSample: resource.dependsOnSample)
        for attribute in resource.attributes {
            if let value = attribute.value(in: document) { resources[index].attributes[attribute.name] = value }
        }
    }

    /// What was gathered, in the order in which the resources came, in parts of at most so many metrics each.
    func batches(maxMetrics: Int) -> [GnocchiBatch] {
        var parts: [GnocchiBatch] = []
        var open: [Entry] = []
        var count = 0
        func close() {
            guard !open.isEmpty else { return }
            parts.append(GnocchiBatch(open.map(\.element)))
            open = []
            count = 0
        }
        for resource in resources {
            if count + resource.metrics.count > maxMetrics { close() }
            for start in stride(from: 0, to: resource.metrics.count, by: maxMetrics) {
                if start > 0 { close() }
                var piece = resource
                piece.metrics = Array(resource.metrics[start..<min(start + maxMetrics, resource.metrics.count)])
                open.append(piece)
                count += piece.metrics.count
            }
        }
        close()
        return parts
    }
}

extension MeasureTable.Entry {
    fileprivate var element: GnocchiBatch.Element {
        var owner = JSONWriter()
        owner.string(userID)
        var fields = JSONWriter(capacity: 256)
        fields.value(.object(attributes.fields))
        return GnocchiBatch.Element(
            type: type, id: id, userID: owner.bytes[...], attributes: fields.bytes[...],
            metrics: metrics.map { GnocchiBatch.Metric(name: $0.name, json: $0.json[...], count: $0.points.count) })
    }
}

extension MeasureTable.MetricEntry {
    fileprivate var json: [UInt8] {
        var writer = JSONWriter(capacity: 64 + points.count * 72)
        writer.raw("{\"measures\":[")
        for (index, point) in points.enumerated() {
            if index > 0 { writer.raw(",") }
            writer.raw("{\"timestamp\":\"")
            writer.timestamp(point.time)
            writer.raw("\",\"value\":")
            writer.volume(point.value)
            writer.raw("}")
        }
        writer.raw("],\"archive_policy_name\":")
        writer.string(archivePolicy)
        writer.raw(",\"unit\":")
        writer.string(unit)
        writer.raw("}")
        return writer.bytes
    }
}

extension Sample {
    /// The sample as the document that attributes are taken from (Ceilometer: `Sample.as_dict`); of the resource's fields
    /// alone unless `withSample`.
    fileprivate func document(withSample: Bool) -> MetadataValue {
        var fields: [MetadataValue.Field] = [
            .init("resource_metadata", .object(resource.metadata.fields)), .init("resource_id", .string(resource.id)),
            .init("user_id", .text(resource.userID)), .init("user_name", .text(resource.userName)),
            .init("project_id", .text(resource.projectID)), .init("project_name", .text(resource.projectName)),
            .init("source", .string(resource.source)),
        ]
        if withSample {
            let number: MetadataValue =
                switch volume {
                case .integer(let value): Int64(exactly: value).map(MetadataValue.integer) ?? .real(Double(value))
                case .real(let value): .real(value)
                }
            fields += [
                .init("name", .string(meter.name)), .init("type", .string(meter.type.rawValue)),
                .init("unit", .string(meter.unit)), .init("volume", number),
                .init("timestamp", .string(timestamp.description)), .init("id", .string(id.description)),
            ]
        }
        return .object(fields)
    }
}
