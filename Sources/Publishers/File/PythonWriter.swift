import Telemetry

/// Writes values as Python's `repr` does, which is what Ceilometer's file publisher writes without `?json`.
struct PythonWriter {
    private(set) var text = ""

    /// The dictionary of `ceilometer.sample.Sample.as_dict()`.
    mutating func sample(_ sample: Sample) {
        value(
            .object([
                .init("name", .string(sample.meter.name)), .init("type", .string(sample.meter.type.rawValue)),
                .init("unit", .string(sample.meter.unit)),
            ]))
        text.removeLast()
        text += ", 'volume': \(sample.volume), "
        let resource = sample.resource
        var rest = PythonWriter()
        rest.value(
            .object([
                .init("user_id", .text(resource.userID)), .init("user_name", .text(resource.userName)),
                .init("project_id", .text(resource.projectID)), .init("project_name", .text(resource.projectName)),
                .init("resource_id", .string(resource.id)), .init("timestamp", .string(sample.timestamp.description)),
                .init("resource_metadata", .object(resource.metadata.fields)),
                .init("source", .string(resource.source)), .init("id", .string(sample.id.description)),
                .init("monotonic_time", .null),
            ]))
        text += rest.text.dropFirst()
    }

    mutating func value(_ value: MetadataValue) {
        switch value {
        case .null: text += "None"
        case .bool(let flag): text += flag ? "True" : "False"
        case .integer(let number): text += String(number)
        case .real(let number): text += number.pythonText
        case .string(let string): self.string(string)
        case .array(let values):
            text += "["
            for (index, element) in values.enumerated() {
                if index > 0 { text += ", " }
                self.value(element)
            }
            text += "]"
        case .object(let fields):
            text += "{"
            for (index, field) in fields.enumerated() {
                if index > 0 { text += ", " }
                string(field.name)
                text += ": "
                self.value(field.value)
            }
            text += "}"
        }
    }

    /// Single quotes unless only they stand in the text; what `str.isprintable` denies becomes an escape.
    private mutating func string(_ string: String) {
        let quote: Unicode.Scalar = string.contains("'") && !string.contains("\"") ? "\"" : "'"
        text.unicodeScalars.append(quote)
        for scalar in string.unicodeScalars {
            switch scalar {
            case quote, "\\": text += "\\\(scalar)"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default: if Self.isPrintable(scalar) { text.unicodeScalars.append(scalar) } else { escape(scalar.value) }
            }
        }
        text.unicodeScalars.append(quote)
    }

    private mutating func escape(_ value: UInt32) {
        let digits = String(value, radix: 16)
        let (prefix, width) = value < 0x100 ? ("\\x", 2) : value < 0x10000 ? ("\\u", 4) : ("\\U", 8)
        text += prefix + String(repeating: "0", count: width - digits.count) + digits
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }
}
