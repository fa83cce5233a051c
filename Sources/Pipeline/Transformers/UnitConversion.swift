import Configuration
import Telemetry

/// `unit_conversion`: another unit. `scale` is a factor, or an expression that is the new number. With a unit in
/// `source`, samples of other units pass unchanged.
struct UnitConversion: Transformer {
    static let name = "unit_conversion"

    private var scaling: Scaling
    private let unit: String?

    init(_ parameters: TransformerParameters, into diagnostics: inout Diagnostics) {
        parameters.refuse(besides: ["source", "target"], into: &diagnostics)
        let source = parameters.section("source", known: Scaling.sourceNames, into: &diagnostics)
        scaling = Scaling(
            source: source,
            target: parameters.section("target", known: Scaling.targetNames, into: &diagnostics), into: &diagnostics)
        unit = source.text("unit", into: &diagnostics)
    }

    mutating func handle(_ sample: Sample, _ context: inout TransformerContext) -> Sample? {
        guard applies(to: sample.meter) else { return sample }
        do {
            return scaling.sample(try scaling.scaled(sample), for: sample, &context)
        } catch {
            context.dropped(sample, "\(error)")
            return nil
        }
    }

    private func applies(to meter: Meter) -> Bool { unit.map { $0 == meter.unit } ?? true }

    func meters(from meters: [Meter]) -> [Meter] {
        meters.map { applies(to: $0) ? scaling.converted($0) : $0 }
    }
}
