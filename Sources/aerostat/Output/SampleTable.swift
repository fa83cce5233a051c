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
            let name = Self.printable(instance.displayName ?? "-")
            for sample in byInstance[instance.uuid] ?? [] {
                rows.append([
                    name, instance.uuid, sample.meter.name, Self.device(sample), "\(sample.volume)", sample.meter.unit,
                ])
            }
            for missing in instance.missing {
                rows.append([
                    name, instance.uuid, missing.meter, missing.device ?? "", "-", "\(missing.reason)",
                ])
            }
        }
    }

    /// The table, each line ending in a newline.
    var text: String {
        let heads = ["NAME", "INSTANCE", "METER", "DEVICE", "VOLUME", "UNIT, OR WHY IT IS MISSING"]
        let widths = heads.indices.map { column in
            max(heads[column].count, rows.map { $0[column].count }.max() ?? 0)
        }
        func line(_ cells: [String]) -> String {
            var line = ""
            for (column, cell) in cells.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                switch column {
                case cells.count - 1: line += cell
                case 4: line += padding + cell + "  "
                default: line += cell + padding + "  "
                }
            }
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }
        return line(heads) + rows.map(line).joined()
    }

    private static func device(_ sample: Sample) -> String {
        if case .string(let disk)? = sample.resource.metadata["disk_name"] { return disk }
        if sample.resource.metadata["vnic_name"] != nil, case .string(let nic)? = sample.resource.metadata["name"] {
            return nic
        }
        return ""
    }

    /// A name that a tenant chose must not control the operator's terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }
}
