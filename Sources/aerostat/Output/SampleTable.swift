import Compute
import Telemetry

/// A cycle as a table: a line for each sample, and one for each meter that an instance does not have, with the reason.
struct SampleTable {
    private var rows: [[String]] = []

    init(_ samples: [Sample], _ instances: [InstanceReport]) {
        var byInstance: [String: [Sample]] = [:]
        let uuids = Set(instances.map(\.uuid))
        for sample in samples {
            guard let uuid = sample.instance(among: uuids) else { continue }
            byInstance[uuid, default: []].append(sample)
        }
        for instance in instances {
            for sample in byInstance[instance.uuid] ?? [] {
                rows.append([
                    "\(instance.name)", sample.meter.name, Self.device(sample), "\(sample.volume)", sample.meter.unit,
                ])
            }
            for missing in instance.missing {
                rows.append([
                    "\(instance.name)", missing.meter, missing.device ?? "", "-", instance.explanation(of: missing),
                ])
            }
        }
    }

    /// The table, each line ending in a newline.
    var text: String {
        TextTable(
            ["INSTANCE", "METER", "DEVICE", "VOLUME", "UNIT, OR WHY IT IS MISSING"], rows, numbers: [3]
        ).text
    }

    private static func device(_ sample: Sample) -> String {
        if case .string(let disk)? = sample.resource.metadata["disk_name"] { return disk }
        if sample.resource.metadata["vnic_name"] != nil, case .string(let nic)? = sample.resource.metadata["name"] {
            return nic
        }
        return ""
    }
}

extension Sample {
    /// The UUID of the instance that the sample belongs to, if it is one of those: by its metadata, or, where a transformer
    /// has dropped that, by its resource's id.
    func instance(among uuids: Set<String>) -> String? {
        guard case .string(let uuid)? = resource.metadata["instance_id"] else {
            return uuids.first { resource.id.contains($0) }
        }
        return uuids.contains(uuid) ? uuid : nil
    }
}
