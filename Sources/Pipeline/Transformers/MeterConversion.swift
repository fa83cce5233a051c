import Configuration
import Telemetry

/// How the meter of a new sample follows from the old one's: `target` with name, unit and type, or `map_from` and
/// `map_to` with patterns for name and unit (ceilometer.transformer.conversions, `BaseConversionTransformer._map`).
struct MeterConversion: Sendable {
    private let name: Field
    private let unit: Field
    private let type: MeterType?
    /// Few meters pass a transformer, each very often: each is converted once, and encoded once.
    private var known: [Key: Meter] = [:]

    private struct Key: Hashable, Sendable {
        let name: String
        let type: MeterType
        let unit: String
    }

    /// What becomes of a name or a unit.
    private struct Field: Sendable {
        let fixed: String?
        let substitution: Substitution?

        /// A pattern that matches nothing leaves the text as it is, whatever is fixed.
        func convert(_ text: String) -> String {
            if let mapped = substitution?.apply(to: text), !mapped.isEmpty { return mapped }
            return fixed ?? text
        }
    }

    /// So many meters are remembered.
    private static let most = 10_000

    /// As `source` and `target` say; the unit and the type stay as they are if they are `kept`, but for what is `given`.
    init(
        source: TransformerParameters, target: TransformerParameters, keepsUnit: Bool = false,
        type given: MeterType? = nil, into diagnostics: inout Diagnostics
    ) {
        let from = source.section("map_from", known: ["name", "unit"], into: &diagnostics)
        let to = target.section("map_to", known: ["name", "unit"], into: &diagnostics)
        func field(_ name: String) -> Field {
            Field(
                fixed: target.text(name, into: &diagnostics),
                substitution: Substitution.read(name, from: from, to: to, into: &diagnostics))
        }
        self.name = field("name")
        let unit = field("unit")
        self.unit = keepsUnit ? Field(fixed: nil, substitution: nil) : unit
        type = given ?? target.meterType("type", into: &diagnostics)
    }

    /// The meter of the new sample.
    mutating func convert(_ meter: Meter) -> Meter {
        let key = Key(name: meter.name, type: meter.type, unit: meter.unit)
        if let converted = known[key] { return converted }
        if known.count >= Self.most { known = [:] }
        let converted = converted(meter)
        known[key] = converted
        return converted
    }

    /// The same without a memory.
    func converted(_ meter: Meter) -> Meter {
        Meter(name: name.convert(meter.name), type: type ?? meter.type, unit: unit.convert(meter.unit))
    }
}
