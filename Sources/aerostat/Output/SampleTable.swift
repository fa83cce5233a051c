import Compute
import Telemetry

/// A cycle as a table: a line for each sample, and one for each meter that an instance does not have, with the reason.
struct SampleTable {
    private var rows: [[String]] = []

    init(_ samples: [Sample], _ instances: [InstanceReport]) {
        var byInstance: [String: [Sample]] = [:]
        for sample in samples {
            guard case .string(let uuid)? = sample.resource.metadata["instance_id"] else { continue }
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
