import Configuration
import Telemetry

/// `rate_of_change`: how fast a meter changes, per second, times `scale`.
///
/// The first sample of a series yields nothing, nor does one that is older than the one before or of the same moment. A
/// cumulative meter that went back has restarted: what it shows is then the least that it has grown by.
struct RateOfChange: Transformer {
    static let name = "rate_of_change"

    private var scaling: Scaling
    private var memory = SeriesMemory<Point>()

    private struct Point: Sendable {
        let volume: Volume
        let timestamp: Timestamp
        let monotonicTime: Duration?
    }

    init(_ parameters: TransformerParameters, into diagnostics: inout Diagnostics) {
        parameters.refuse(besides: ["source", "target"], into: &diagnostics)
        scaling = Scaling(
            source: parameters.section("source", known: Scaling.sourceNames, into: &diagnostics),
            target: parameters.section("target", known: Scaling.targetNames, into: &diagnostics), into: &diagnostics)
    }

    mutating func handle(_ sample: Sample, _ context: inout TransformerContext) -> Sample? {
        let point = Point(
            volume: sample.volume, timestamp: sample.timestamp, monotonicTime: sample.monotonicTime)
        let previous = memory.value(of: sample)
        let elapsed = previous.map { Self.seconds(from: $0, to: point) }
        if let elapsed, elapsed < 0 {
            context.dropped(sample, "it is older than the one before")
            return nil
        }
        guard memory.remember(point, of: sample, at: context.moment) else {
            context.dropped(sample, memory.full)
            return nil
        }
        guard let previous, let elapsed, elapsed > 0 else { return nil }
        let isReset = sample.meter.type == .cumulative && previous.volume.isMore(than: sample.volume)
        do {
            let growth =
                isReset ? sample.volume.number : try Volume.difference(sample.volume, previous.volume)
            let rate = ExpressionNumber.real(growth.double / elapsed)
            return scaling.sample(try Scaling.product(try scaling.factor(sample), rate), for: sample, &context)
        } catch {
            context.dropped(sample, "\(error)")
            return nil
        }
    }

    /// By the clock that nobody sets, if both have it.
    private static func seconds(from a: Point, to b: Point) -> Double {
        if let a = a.monotonicTime, let b = b.monotonicTime { return (b - a) / .seconds(1) }
        return (Double(b.timestamp.microseconds) - Double(a.timestamp.microseconds)) / 1_000_000
    }

    mutating func forget(before moment: Duration) { memory.forget(before: moment) }

    func meters(from meters: [Meter]) -> [Meter] { meters.map(scaling.converted) }
}

extension Volume {
    /// Whether this is the larger number.
    func isMore(than other: Volume) -> Bool {
        ExpressionComparison.greater(number.value, other.number.value) == true
    }

    /// The difference of two numbers. Throws if it is too large for a whole one.
    static func difference(_ a: Volume, _ b: Volume) throws(ExpressionError) -> ExpressionNumber {
        do {
            return try ExpressionOperator.minus(a.number, b.number)
        } catch {
            throw ExpressionError(at: 1, error.message)
        }
    }
}
