import Configuration
import Telemetry

/// `arithmetic`: a meter that is computed from others of the same resource, at the end of a cycle, once a resource has
/// all that the expression names. It takes all samples; only what it computes goes on.
///
/// Owner, metadata and, unless `target` says otherwise, name, unit and type are those of the expression's first meter;
/// the time is the latest sample's.
struct Arithmetic: Transformer {
    static let name = "arithmetic"

    private let expression: Expression?
    /// The meters that it names, each once, in its order.
    private let meters: [String]
    private let targetName: String?
    private let targetUnit: String?
    private let targetType: MeterType?
    /// The meter of the result, by the first meter's.
    private var target: (first: Meter, result: Meter)?
    /// Resources in the order in which they were seen, with their latest samples.
    private var waiting: [String: [String: Sample]] = [:]
    /// When each was last seen.
    private var seen: [String: Duration] = [:]
    private var order: [String] = []
    private var latest: Timestamp?

    private static let most = 100_000

    init(_ parameters: TransformerParameters, into diagnostics: inout Diagnostics) {
        parameters.refuse(besides: ["target"], into: &diagnostics)
        let target = parameters.section("target", known: ["expr", "name", "type", "unit"], into: &diagnostics)
        targetName = target.text("name", into: &diagnostics)
        targetUnit = target.text("unit", into: &diagnostics)
        targetType = target.meterType("type", into: &diagnostics)
        expression = target.expression("expr", .meters, into: &diagnostics)
        meters =
            expression?.names.compactMap(\.meter).reduce(into: []) { names, name in
                if !names.contains(name) { names.append(name) }
            } ?? []
        switch target.value("expr")?.content {
        case .string(let text)? where !text.isEmpty:
            if expression != nil, meters.isEmpty {
                diagnostics.error(
                    at: target.value("expr")?.location,
                    "expr of \(target.title) names no meter; expected at least one, such as $(memory.usage)")
            }
        default:
            diagnostics.error(
                at: target.value("expr")?.location ?? target.location,
                "\(target.title) has no expr; expected an expression such as "
                    + "\"100 * $(memory.usage) / $(memory)\"")
        }
    }

    mutating func handle(_ sample: Sample, _ context: inout TransformerContext) -> Sample? {
        latest = sample.timestamp
        guard meters.contains(sample.meter.name) else { return nil }
        let resource = sample.resource.id
        if waiting[resource] == nil {
            guard waiting.count < Self.most else {
                context.dropped(sample, "more than \(Self.most) resources lack a meter of the expression")
                return nil
            }
            order.append(resource)
        }
        waiting[resource, default: [:]][sample.meter.name] = sample
        seen[resource] = context.moment
        return nil
    }

    mutating func flush(_ context: inout TransformerContext) -> [Sample] {
        var results: [Sample] = []
        var incomplete: [String] = []
        for resource in order {
            guard let samples = waiting[resource], samples.count == meters.count else {
                incomplete.append(resource)
                continue
            }
            waiting[resource] = nil
            seen[resource] = nil
            if let result = compute(samples, &context) { results.append(result) }
        }
        order = incomplete
        return results
    }

    private mutating func compute(_ samples: [String: Sample], _ context: inout TransformerContext) -> Sample? {
        guard let expression, let first = meters.first.flatMap({ samples[$0] }) else { return nil }
        let value: ExpressionValue
        do {
            value = try expression.evaluate { meter in meter.flatMap { samples[$0] } }
        } catch {
            context.dropped(first, "\(error)")
            return nil
        }
        // Always with a fraction, as in Ceilometer.
        guard let number = value.number?.double, number.isFinite else {
            context.dropped(first, "the expression comes to \(value.kind), which is no finite number")
            return nil
        }
        if target?.first != first.meter { target = (first.meter, result(of: first.meter)) }
        guard let meter = target?.result else { return nil }
        let timestamp = latest ?? first.timestamp
        return Sample(
            id: context.ids.next(at: timestamp), meter: meter, resource: first.resource, volume: .real(number),
            timestamp: timestamp, monotonicTime: samples.values.compactMap(\.monotonicTime).max())
    }

    private func result(of meter: Meter) -> Meter {
        Meter(name: targetName ?? meter.name, type: targetType ?? meter.type, unit: targetUnit ?? meter.unit)
    }

    mutating func forget(before moment: Duration) {
        seen = seen.filter { $0.value >= moment }
        waiting = waiting.filter { seen[$0.key] != nil }
        order = order.filter { waiting[$0] != nil }
    }

    func meters(from available: [Meter]) -> [Meter] {
        guard let name = meters.first, let first = available.first(where: { $0.name == name }),
            meters.allSatisfy({ name in available.contains { $0.name == name } })
        else { return [] }
        return [result(of: first)]
    }
}
