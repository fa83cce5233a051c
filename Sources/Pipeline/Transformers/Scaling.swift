import Configuration
import Telemetry

/// `scale` and `max` of a transformer's target (ceilometer.transformer.conversions, `ScalingTransformer`).
struct Scaling: Sendable {
    private let scale: Scale
    private let most: ExpressionNumber?
    private var meter: MeterConversion

    private enum Scale: Sendable {
        case none
        case factor(ExpressionNumber)
        case expression(Expression)
    }

    static let sourceNames = ["map_from", "unit"]
    static let targetNames = ["map_to", "max", "name", "scale", "type", "unit"]

    /// As `target` says. 0 counts as none of either.
    init(
        source: TransformerParameters, target: TransformerParameters, into diagnostics: inout Diagnostics
    ) {
        meter = MeterConversion(source: source, target: target, into: &diagnostics)
        if case .string? = target.value("scale")?.content {
            scale = target.expression("scale", .sample, into: &diagnostics).map { .expression($0) } ?? .none
        } else if let factor = target.number("scale", into: &diagnostics) {
            scale = factor.double == 0 ? .none : .factor(factor)
        } else {
            scale = .none
        }
        let most = target.number("max", into: &diagnostics)
        self.most = most?.double == 0 ? nil : most
    }

    /// What a sample's number becomes: times the factor, or what the expression comes to.
    func scaled(_ sample: Sample) throws(ExpressionError) -> ExpressionNumber {
        switch scale {
        case .none: return sample.volume.number
        case .factor(let factor): return try Self.product(sample.volume.number, factor)
        case .expression(let expression): return try Self.number(expression, sample)
        }
    }

    /// What a rate is multiplied with: the factor, or what the expression comes to.
    func factor(_ sample: Sample) throws(ExpressionError) -> ExpressionNumber {
        switch scale {
        case .none: return .integer(1)
        case .factor(let factor): return factor
        case .expression(let expression): return try Self.number(expression, sample)
        }
    }

    private static func number(_ expression: Expression, _ sample: Sample) throws(ExpressionError) -> ExpressionNumber {
        let value = try expression.evaluate { _ in sample }
        guard let number = value.number else {
            throw ExpressionError(at: 1, "it comes to \(value.kind); expected a number")
        }
        return number
    }

    /// A product, as an expression would have it.
    static func product(_ a: ExpressionNumber, _ b: ExpressionNumber) throws(ExpressionError) -> ExpressionNumber {
        do { return try ExpressionOperator.times(a, b) } catch { throw ExpressionError(at: 1, error.message) }
    }

    /// The new sample of that number, no more than `max`; `nil` if it cannot be sent.
    mutating func sample(
        _ number: ExpressionNumber, for old: Sample, _ context: inout TransformerContext
    ) -> Sample? {
        guard let volume = limited(number).value.volume else {
            context.dropped(old, "the result is no finite number")
            return nil
        }
        return context.sample(meter.convert(old.meter), volume, for: old)
    }

    private func limited(_ number: ExpressionNumber) -> ExpressionNumber {
        guard let most, ExpressionComparison.less(most.value, number.value) == true else { return number }
        return most
    }

    /// The meter of a new sample.
    func converted(_ old: Meter) -> Meter { meter.converted(old) }
}

extension Volume {
    /// The same as a number in an expression.
    var number: ExpressionNumber {
        switch self {
        case .integer(let value): .integer(value)
        case .real(let value): .real(value)
        }
    }
}
